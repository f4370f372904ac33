import type { CommandSpec } from '../command.ts';

const verify: CommandSpec = {
  name: 'store verify',
  summary: 'check that every path of the store is there and whole',
  examples: [
    ['bootflake store verify', 'existence of each path'],
    ['bootflake store verify --check-contents', "each path's bytes too"],
  ],
  configure(command) {
    command.option('--check-contents', 'read and hash every path').option('--json', 'print as JSON');
  },
  async run(terminal, options) {
    const { verifyStore } = await import('../../pipeline.ts');
    const report = await verifyStore({ checkContents: Boolean(options.checkContents), signal: terminal.signal });
    if (options.json) terminal.print(JSON.stringify(report, null, 2));
    else for (const problem of report.problems) terminal.note(problem);
    terminal.note(`${report.checked} paths checked, ${report.problems.length} problems`);
    return report.problems.length ? 1 : 0;
  },
};

export const storeCommands = [verify];
