import io
import tempfile
import unittest
from pathlib import Path

from notes import application


class Notes(unittest.TestCase):
    def ask(self, app, method, body=b""):
        status = []
        environment = {
            "REQUEST_METHOD": method,
            "PATH_INFO": "/notes",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        text = b"".join(app(environment, lambda line, headers, error=None: status.append(line)))
        return status[0], text.decode()

    def test_a_note_is_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            app = application(Path(folder) / "notes.txt")
            self.assertEqual(self.ask(app, "GET"), ("200 OK", ""))
            self.assertEqual(self.ask(app, "POST", b"buy\nmilk"), ("201 Created", "noted\n"))
            self.assertEqual(self.ask(app, "GET"), ("200 OK", "buy milk\n"))
