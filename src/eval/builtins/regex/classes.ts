/** Character classes and collating names of the C locale, over bytes. */

const CLASSES: Record<string, RegExp> = {
  d: /[0-9]/,
  w: /[0-9A-Za-z_]/,
  s: /[ \t\n\v\f\r]/,
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** The bytes of `[:name:]`; undefined for a name that is none. Case does not matter. */
export function characterClass(name: string): number[] | undefined {
  const key = name.toLowerCase();
  if (!Object.hasOwn(CLASSES, key)) return undefined;
  const codes: number[] = [];
  for (let code = 0; code < 128; code++) if (CLASSES[key]!.test(String.fromCharCode(code))) codes.push(code);
  return codes;
}

/** POSIX's names of the characters 0 to 127; letters have none but themselves. */
const NAMES = (
  'NUL SOH STX ETX EOT ENQ ACK alert backspace tab newline vertical-tab form-feed carriage-return SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB ' +
  'CAN EM SUB ESC IS4 IS3 IS2 IS1 space exclamation-mark quotation-mark number-sign dollar-sign percent-sign ampersand apostrophe ' +
  'left-parenthesis right-parenthesis asterisk plus-sign comma hyphen period slash zero one two three four five six seven eight nine ' +
  'colon semicolon less-than-sign equals-sign greater-than-sign question-mark commercial-at A B C D E F G H I J K L M N O P Q R S T U ' +
  'V W X Y Z ' +
  'left-square-bracket backslash right-square-bracket circumflex underscore grave-accent a b c d e f g h i j k l m n o p q r s t u v ' +
  'w x y z ' +
  'left-curly-bracket vertical-line right-curly-bracket tilde DEL'
).split(' ');

/** The byte that `[.name.]` names. */
export function collatingElement(name: string): number | undefined {
  const code = NAMES.indexOf(name);
  if (code >= 0) return code;
  return undefined;
}

/** The bytes of `[=c=]`: they differ in case alone. */
export function equivalents(code: number): number[] {
  const lower = String.fromCharCode(code).toLowerCase();
  const codes: number[] = [];
  for (let other = 0; other < 128; other++) if (String.fromCharCode(other).toLowerCase() === lower) codes.push(other);
  return codes;
}
