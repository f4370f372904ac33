/**
 * Data compressed by xz, because the library that makes the other .xz samples stores its input uncompressed. Made by Python's
 * lzma.compress from a tarfile archive and from a Packages file.
 */
const packed = [
  [
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AxhdABcLyOfZ5dHD1ZV9QtvcDlxs1FkS8hWWtXANXkWUmdgyh4ILLha6UyikFjaVSkLoktVcCO048leXp8uq',
    'I0lq3eAT8eW0mjyCHAnqc21h1oJDApeDncu3CKFsR2yhcEAZyeBOUdy+7v7CzHlemRyfyyM+BCGueBuvZOEjIdq6mEvBtZyUHtTcGpu8v08mLov4DuXO/TKW',
    'VpZ22VjRVhQbGaFC0lDWAgXGCIfXv3KzJXw3GqDbuMK/7TazHlsR8PlR/5G0euE4t+eymFZM74kYklrEQ/QE3BRd04zNeE+To4gi/COcN3FUUpc/FzsGaqU3',
    'YSk2ufLQPdZmZtDmIfpTGuy2AWFi8H/EiZQd02cQ9OpSd8U/nHFuKfeaFB+vqzQgl3R2zPzrJy74Tcbi+skqwp6XwUDRBBioEcYmP2sXOile66fRMFAfFGNQ',
    'fJ5CoQSpXc0IL4yX8prnj63UtYVoYucOfPHZtYyyU+/yuL5/f5UbVaiaBkL2lqfMiw39E/fRk9V//DT8CdOU3zbYp5R4P1Nfifj1P6w/yAukdUTUoTS/LRSl',
    'BxotjQgpYtQrgQM5gwX+13tCPXPgaWGU7Ln8c2EWG/R9NqbWtyfOUtRgjfjdE8EwXnjTBMzu08zDhD/VUCXnNXpqQ7+41QLl0VB+LNnBR8aWuMtpYj+hoF1W',
    'iBewjFhjRdi6aMD8Rpl7jmH+DVMWDRLRZNeZHpxD1ZKCMNAQc8zqZaX076+fla1q7O2odf5nv/+gtjVVXLEiwnQ7hiiHyeLhoKOGOQkEl5a9NE8pedZKUDJ+',
    'dzqIIWJWMhvfDZWdt9VR5XYzL2algV8AVr+JW6DureIGhuJll5fYn2ZI4EsArQstUolUv+E1V31xL3Md4fUGISncDRakL7vLaJFMCb+8Q6RM3qP/iYWIUAem',
    'lIc4bhVnhlxI56A04V1+ovapIpt1d4JG+r3zPG1bopWsaz1oQPTkoKuQg/gCJasYoMF4pJVOivjsLsRahmeHPokj4lxyxl+Y5c0inxbRohRwyVX1zM/pt/kZ',
    'r8gE0nSZ85ECGN4sAADgEUHPKDlxKAABtAaAUAAAleirTLHEZ/sCAAAAAARZWg==',
  ],
  [
    '/Td6WFoAAAFpIt42AgAhAQAAAAA3J5fW4Cf/A2sTABcMJ5RKVsyLzyInTOF8zXEPGxKQXfy7R2yYK/v6Fp8FXEHEzRsC6E10DuiLg1D1xbJPgzWbE3etAE6Z',
    '9HqPq62dzXs5KILC3NN+jM3EhTwjKx5pOVSKkcH2DjDeTnO8J/ed4Ke8Q2kL0c/pB/Zk3nECH0LQiELSTeLhjFABzALXdL/it9oCK5Q/jl9H5+9b/ynqTrUE',
    'I21+TEX1qC8/kiwF8cArKnTPSsJt3eb+X7JMkZN3gVNDzsO+nkkc2OH9YOVz/jwEsR45W+BknNNb+Qs/jZG5d12/GT4p15jWEICBEj89+oyb2D1nMQV318ji',
    'ndy/lg9bEPqGHL2QWvSscWWSBj3oBvAYB7j/V/ArkEXt0pDpF+Y52DTuYr4uBxO8BtbOjG6yYOO/4Jm0rxgkmkZS1JmZpzDEeDsjTXtuEhWuKO36WmsfnywW',
    'qGvoDpJ9wuOiSNz3PICs2DuTVCFtywtzVr65Q5wONM3JkiVczacvB+7cdpiy5l0XJ+1fJyNIypYxItFmIJFAncmy1LEAquy4U8jaRyxyJh5uBUvtYzBLS8Ie',
    'Smd/Ph0SZdTnxpEahWnc4dO/Ge5npDRF0pt9vRD6m92U80yJ1HamwquF1RhWa85vaG5YDJhNPCbSPJcsPzUL9CFEt/Vk7q6ndbKGDbzQS2Gt1x1e6PSPO27Q',
    'HLABW9W9auCjVY8f+sSbK62X0sX28ckmorB2pfR5MtKlHo9apwsI+8ghz00NetPBjiayuFrU2wKvLv/phBUQ6Pq6PgVTndJSRT1H4swHY9PFI84mM+fGnV7O',
    '2GL4h42VijUdQpD+7CM6yLSwOpwo3HASquO2bpqwzKDnY/4TpAMZHvy2gZVT4evPOg8zoloVlDNYtqxGPaF+6WQNeBZSjraWjILEQFm9bYWy1/O6Zf7+/GDH',
    '2kkTRYEL6a5E5Y7+od+nL2TK3scOS/w7Q9eOwVZ4XQ5d1CyAwTygD+4YpyIIXpV5/QjVxEIsYEIl8Zg3xXJ5iVfnlKbEXcN/LPBhJzCpTrXpm4fXh7A1ziZJ',
    'yHdTD605zgUJqwPormZCCbOc1tw3RhrY0ywxsah9f4HsjUZbpyPRlXIUI0FSSXbtpZbzWthntO3cX9FhtDIIfoWBmcwZ+wJZH3T0XCRaFNw5qSUs6BBiXZ6C',
    '1/Kmy9r6AAB3agvKAAGDB4BQAAAw9rRoPjANiwIAAAAAAVla',
  ],
  [
    '/Td6WFoAAAD/EtlBAgAhARYAAAB0L+Wj4Cf/AFldADobymMneZCPhc89tpe7qrnWmwd9S+7Caup6mFFaoe/YgrjZ91SUyYo7psMklv+e3oLFIbSQ1U1iCztq',
    'Wd7xMkm5mOI3+DNl04MysGTS8hqPyY3qHSmJfrsAAAAAAAABbYBQAAAAaXfUDagACvwCAAAAAABZWg==',
  ],
  [
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AHkAGxdACgYSGbb2jCF/hbspnVsZpRhdWL0jicTg8UCC0ASd3YrISlNNlnzr9412fHDWH/xQhU5mPRld3cYtPkp',
    'm01ULM3RVy32wQ2sMS9AeFQqoGnTzkTNhuSsbtz04nI3bL/LI3afkbSmDZ/n9ozTiAAGzDRdjt4fPQABiAHlAwAAi2Qx77HEZ/sCAAAAAARZWg==',
  ],
];

export function xzSamples(): Uint8Array[] {
  return packed.map((lines) => Buffer.from(lines.join(''), 'base64'));
}
