/** builtin:nixos-test: a NixOS test, whose machines no builder starts. Its build says how the test is run. */
import { BootflakeError } from '../base/errors.ts';
import type { BuiltinBuilder } from './builder.ts';

export const nixosTest: BuiltinBuilder = {
  name: 'nixos-test',
  async run(context) {
    throw new BootflakeError({
      code: 'build/is-a-test',
      message: `'${context.drvPath}' is a NixOS test, and no build starts machines`,
      hint: 'Run it: bootflake test INSTALLABLE. Its machines alone are built by bootflake build INSTALLABLE.driver.',
    });
  },
};
