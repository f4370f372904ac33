/** Evaluates every output of a flake and checks that it has the type that its name requires. */
import { addStep, Attrs, decodeBytes, describeType, force, isFunction, type Value } from '../evaluator/index.ts';
import { BootflakeError } from '../base/errors.ts';
import { printAttrPath } from '../flake/attr-path.ts';
import { isDerivation } from './derivation-info.ts';
import { evaluatedAttribute } from './evaluate.ts';
import { flakeError } from '../base/flake-error.ts';
import { followAttrPath } from './select-attr.ts';
import type { EvaluatedAttribute } from '../session/worker-protocol.ts';

export interface CheckOptions {
  system: string;
  flakeName: string;
  warn(message: string): void;
}

const replacements: Record<string, string> = {
  defaultPackage: 'packages.<system>.default',
  defaultApp: 'apps.<system>.default',
  defaultTemplate: 'templates.default',
  overlay: 'overlays.default',
  devShell: 'devShells.<system>.default',
  nixosModule: 'nixosModules.default',
};

/** Returns the checks of this system. Throws the first error, whose trace names the output. */
export function checkOutputs(outputs: Attrs, options: CheckOptions): EvaluatedAttribute[] {
  return new OutputChecker(options).run(outputs);
}

class OutputChecker {
  private readonly checks: EvaluatedAttribute[] = [];
  private readonly otherSystems = new Set<string>();

  constructor(private readonly options: CheckOptions) {}

  run(outputs: Attrs): EvaluatedAttribute[] {
    for (const name of outputs.names()) {
      const replacement = replacements[name];
      if (replacement) this.options.warn(`flake output attribute '${name}' is deprecated; use '${replacement}' instead`);
      this.step([decodeBytes(name)], 'flake output', () => this.output(decodeBytes(name), outputs.get(name) as Value));
    }
    if (this.otherSystems.size)
      this.options.warn(`the outputs of other systems were not checked: ${[...this.otherSystems].sort().join(', ')}`);
    return this.checks;
  }

  private output(name: string, value: Value): void {
    switch (name) {
      case 'checks':
        return this.bySystem(name, value, (path, item) => void this.checks.push(this.derivation(path, item)));
      case 'packages':
      case 'devShells':
        return this.bySystem(name, value, (path, item) => void this.derivation(path, item));
      case 'formatter':
      case 'defaultPackage':
      case 'devShell':
        return this.ofSystem(name, value, (path, item) => void this.derivation(path, item));
      case 'apps':
        return this.bySystem(name, value, (path, item) => this.app(path, item));
      case 'legacyPackages':
        return void this.set([name], value);
      case 'overlay':
        return this.fn([name], value);
      case 'overlays':
        return this.each([name], value, (path, item) => this.fn(path, item));
      case 'nixosModules':
        return this.each([name], value, (_, item) => void force(item));
      case 'nixosConfigurations':
        return this.each([name], value, (path, item) => this.configuration(path, item));
      default:
        return void force(value);
    }
  }

  private bySystem(name: string, value: Value, check: (path: string[], item: Value) => void): void {
    this.ofSystem(name, value, (path, item) => this.each(path, item, check));
  }

  private ofSystem(name: string, value: Value, check: (path: string[], item: Value) => void): void {
    for (const [system, item] of this.set([name], value).entries()) {
      if (!system.includes('-'))
        throw flakeError('bad-output', `'${system}' is not a valid system type, in '${name}'`, 'Use packages.x86_64-linux.NAME = ...');
      if (system === this.options.system) check([name, system], item);
      else this.otherSystems.add(system);
    }
  }

  private each(path: string[], value: Value, check: (path: string[], item: Value) => void): void {
    for (const [name, item] of this.set(path, value).entries()) {
      const itemPath = [...path, decodeBytes(name)];
      this.step(itemPath, 'output', () => check(itemPath, item));
    }
  }

  private set(path: string[], value: Value): Attrs {
    const forced = force(value);
    if (forced instanceof Attrs) return forced;
    throw flakeError('bad-output', `flake output '${printAttrPath(path)}' is ${describeType(forced)}, it should be a set`);
  }

  private derivation(path: string[], value: Value): EvaluatedAttribute {
    return evaluatedAttribute(force(value), path, path[0] === 'checks' ? 'all' : 'default', this.options.flakeName);
  }

  private app(path: string[], value: Value): void {
    const app = this.set(path, value);
    for (const name of ['type', 'program']) {
      const attr = app.get(name);
      if (attr === undefined) throw flakeError('bad-output', `app '${printAttrPath(path)}' lacks attribute '${name}'`);
      force(attr);
    }
  }

  private fn(path: string[], value: Value): void {
    const forced = force(value);
    if (!isFunction(forced))
      throw flakeError(
        'bad-output',
        `overlay '${printAttrPath(path)}' is ${describeType(forced)}, it should be a function: final: prev: { ... }`,
      );
  }

  private configuration(path: string[], value: Value): void {
    const found = followAttrPath(value, ['config', 'system', 'build', 'toplevel']);
    if (!('value' in found) || !isDerivation(found.value)) {
      throw flakeError(
        'bad-output',
        `NixOS configuration '${printAttrPath(path)}' has no derivation 'config.system.build.toplevel'`,
        'Use nixpkgs.lib.nixosSystem { ... } to make a configuration.',
      );
    }
    evaluatedAttribute(found.value, [...path, 'config', 'system', 'build', 'toplevel'], 'default', this.options.flakeName);
  }

  private step(path: string[], noun: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      const message = `while checking the ${noun} '${printAttrPath(path)}'`;
      addStep(error, message, 0);
      if (error instanceof BootflakeError && !('steps' in error)) error.trace.push({ message });
      throw error;
    }
  }
}
