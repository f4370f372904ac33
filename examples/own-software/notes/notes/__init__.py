"""Keeps notes in a file: a POST adds one, a GET lists them."""

import argparse
import os
from pathlib import Path

import bottle


def application(file: Path) -> bottle.Bottle:
    app = bottle.Bottle()

    @app.get("/notes")
    def listed():
        bottle.response.content_type = "text/plain; charset=utf-8"
        return file.read_text() if file.exists() else ""

    @app.post("/notes")
    def added():
        note = bottle.request.body.read(4096).decode(errors="replace")
        with file.open("a") as notes:
            notes.write(" ".join(note.split()) + "\n")
        bottle.response.status = 201
        return "noted\n"

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    folder = Path(os.environ.get("STATE_DIRECTORY", "."))
    application(folder / "notes.txt").run(host="127.0.0.1", port=parser.parse_args().port)
