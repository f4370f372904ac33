import type { TestContext } from 'node:test';

/** Sets variables of this process's environment, or unsets those that are undefined, until the test ends. */
export function setEnvironment(t: TestContext, variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    set(name, value);
    t.after(() => set(name, before));
  }
}

function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
