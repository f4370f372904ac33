/** The machine code of probe-guest.S, which documents it, as the ROM that a processor starts in. */
const code = Buffer.from(
  [
    '+i5mDwEWUAIPIMAMAQ8iwGbqGAD//wgAZrgQAI7YjsCO0LwAgAEA/L4AAP//vwAAAgC5ZgIAAPOk6kAAAgAIAA8BFVYCAgC/AAABADHAuQAUAADzq8cFAAAB',
    'AAMQAQDHBQAQAQADIAEAxwUYEAEAA0ABAMcFuE8BAJMA4P6/ACABALiDAAAAuQACAACJB4PHCAUAACAA4vS4AAABAA8i2A8g4A0gBgAADyLguYAAAMAPMg0A',
    'AQAADzAPIMAl+///nw0CAACADyLA6tAAAgAYAEjHwBMCAgBIx8fgMAEA6BgBAABIx8AlAgIASMfHADIBAOgFAQAADwEcJVwCAgBIxwQlAAAAQDQSAABIgTwl',
    'AAAAQDQSAAAPhdUAAAC4AQAAAPIPKsBmD1jA8g8twIP4Ag+FuwAAALgBAAAAD6KB4QAAABSB+QAAABR1Iw8g4EgNAAAEAA8i4DHJMdK4BwAAAA8B0cX0V8nF',
    '9FjRxfh3McAPooP4B3IjuAcAAAAxyQ+iD7rjCHMUuQQAAAC6AQAAAMTicffCg/gQdVe/AADg/seH8AAAAP8BAADHh1ADAAAABwAAsBHmIOagsCDmIbAo5qGw',
    'BOYhsALmobAB5iHmobD+5iGw/+ahsDTmQ7Cp5kCwBOZAMdv79IP7ZHL6+rAQ6wKwIGa6AQXu9Ov9ZokHZsdHAhgAZsdHBACOSMHoEGaJRwbDSMcEJQgQAQAD',
    'IAEASIPECEjP/8NQsCDmIFhIz5AAAAAAAAAAAP//AAAAms8A//8AAACSzwD//wAAAJqvAB8AMAL//x8AMAICAP8PADABAAAAAAA=',
  ].join(''),
  'base64',
);

/** The value that the guest writes to isa-debug-exit on success. */
export const probeExitValue = 0x10;
export const probeExitPort = 0x501;

/** 64 KiB that end at 4 GiB. A processor starts 16 bytes before the end: there a jump (e9, 16 bits relative) leads to the beginning. */
export function probeRom(): Uint8Array {
  const rom = new Uint8Array(1 << 16).fill(0xf4); // hlt
  rom.set(code);
  rom.set([0xe9, 0x0d, 0x00], rom.length - 16);
  return rom;
}

/** For the test that compares it with its source. */
export function probeCode(): Uint8Array {
  return code;
}
