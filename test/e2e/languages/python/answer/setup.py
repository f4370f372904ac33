from setuptools import Extension, setup

setup(name="answer", version="2", py_modules=["answer"], scripts=["answer"], ext_modules=[Extension("_answer", ["_answer.c"])])
