/** Derivations as nix-instantiate 2.8 wrote them: byte strings under their store paths. */
export const derivations: { path: string; text: string }[] = [
  {
    path: '/nix/store/31qrfdlwwwj9avlg2mabg2i0ibz9hj7x-flat.drv',
    text: 'Derive([("out","/nix/store/4gcnhvblxy69wlrfwwfadiv164adf557-flat","sha512","9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043")],[],[],"x","b",[],[("builder","b"),("name","flat"),("out","/nix/store/4gcnhvblxy69wlrfwwfadiv164adf557-flat"),("outputHash","sha512-m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw=="),("system","x")])',
  },
  {
    path: '/nix/store/82czndi0si2m9nbx34mlaiahgpvjfyka-user.drv',
    text: 'Derive([("out","/nix/store/zfh0l9vkyg9pg6czwn5399263lh0wkh4-user","","")],[("/nix/store/rd57vfrphk6cx13d00dk429d0ff57vra-multi.drv",["bin","dev","out"])],[],"x","/nix/store/42w8bmhlr24mwhxqhaix2ahr1qvcqvvq-multi-dev/bin/sh",[],[("__json","{\\"PATH\\":[\\"/nix/store/jmv1khd6z0yp41qrdnfab9bavw86109x-multi-bin\\",\\"/nix/store/qwq558kbrgpiprnh7vlhpdnx4944xk78-multi\\"],\\"attrs\\":{\\"a\\":1,\\"b\\":[true,null,1.5,\\"x\\"]},\\"builder\\":\\"/nix/store/42w8bmhlr24mwhxqhaix2ahr1qvcqvvq-multi-dev/bin/sh\\",\\"name\\":\\"user\\",\\"system\\":\\"x\\"}"),("out","/nix/store/zfh0l9vkyg9pg6czwn5399263lh0wkh4-user")])',
  },
  {
    path: '/nix/store/c1z1gaica51cfggbwj952yk2slb7ywx0-src.tar.gz.drv',
    text: 'Derive([("out","/nix/store/n97dwbsy1ph43bbhifyfiw8ag8a5v900-src.tar.gz","r:sha256","2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")],[],[],"x","b",[],[("builder","b"),("name","src.tar.gz"),("out","/nix/store/n97dwbsy1ph43bbhifyfiw8ag8a5v900-src.tar.gz"),("outputHash","2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),("outputHashAlgo","sha256"),("outputHashMode","recursive"),("system","x")])',
  },
  {
    path: '/nix/store/rd57vfrphk6cx13d00dk429d0ff57vra-multi.drv',
    text: 'Derive([("bin","/nix/store/jmv1khd6z0yp41qrdnfab9bavw86109x-multi-bin","",""),("dev","/nix/store/42w8bmhlr24mwhxqhaix2ahr1qvcqvvq-multi-dev","",""),("out","/nix/store/qwq558kbrgpiprnh7vlhpdnx4944xk78-multi","","")],[("/nix/store/31qrfdlwwwj9avlg2mabg2i0ibz9hj7x-flat.drv",["out"]),("/nix/store/c1z1gaica51cfggbwj952yk2slb7ywx0-src.tar.gz.drv",["out"])],["/nix/store/gn76d8dh089anfi3s47pvgsh93l1d1n9-text"],"builtin","b\u00c3\u00bc",["-c","a\\"b\\\\c\\n\\t\\r${x}"],[("bin","/nix/store/jmv1khd6z0yp41qrdnfab9bavw86109x-multi-bin"),("builder","b\u00c3\u00bc"),("dev","/nix/store/42w8bmhlr24mwhxqhaix2ahr1qvcqvvq-multi-dev"),("fixed","/nix/store/n97dwbsy1ph43bbhifyfiw8ag8a5v900-src.tar.gz"),("flat","/nix/store/4gcnhvblxy69wlrfwwfadiv164adf557-flat"),("name","multi"),("out","/nix/store/qwq558kbrgpiprnh7vlhpdnx4944xk78-multi"),("outputs","out dev bin"),("src","/nix/store/gn76d8dh089anfi3s47pvgsh93l1d1n9-text"),("system","builtin")])',
  },
];
