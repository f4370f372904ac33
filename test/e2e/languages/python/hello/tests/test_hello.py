import hello


def test_main(capsys):
    hello.main()
    assert capsys.readouterr().out.startswith("greeting over packaging")


def test_that_fails():
    assert False
