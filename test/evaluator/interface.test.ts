/** The interface of the language and its evaluators for the rest of bootflake is one file, and does not change unnoticed. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const FROZEN = `
  Attrs AttrsExpr Binding ContextCollector CopyOptions DebianArchive DebianPackageRecord EvalHost EvaluationSettings Evaluator
  Expr ExpressionCache ExpressionTexts FileType Forced IncompleteText Lambda LintLevel LintName Machine NixPath PaintedKind
  PartialApp Pos PrimOp PrintOptions RepositorySource SearchPathEntry SyntaxCache Thunk Value addStep allBuiltins call charsOf
  coerceToString decodeBytes describe describeType encodeBytes evalError finishError force forceDeep functionPosition
  internalEntries internalFile isFunction isIdentifier isOfferedText isString lintLevels lintNames makeString makeThunk nearest
  noPos parse printJson printValue quoteName quoteString resolvePos sourceOf toPosition treeValue typeError
`;

test('the interface of the evaluators has the expected names', () => {
  const text = ['index', 'machine'].map((name) => readFileSync(`src/evaluator/${name}.ts`, 'utf8')).join('\n');
  const names = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
    .flatMap(([, list]) => (list as string).split(','))
    .map((name) => name.trim());
  const exported = names.filter(Boolean).map((name) => name.replace('type ', ''));
  assert.deepEqual(exported.sort(), FROZEN.trim().split(/\s+/).sort());
});

test('no other folder imports a file of the language or of an evaluator', () => {
  const inner = ['lang', 'eval', 'derive', 'machine'];
  const wrong: string[] = [];
  for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    const room = file.split('/')[0] as string;
    if (!file.endsWith('.ts') || inner.includes(room) || room === 'evaluator') continue;
    for (const [, target] of readFileSync(join('src', file), 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const to = normalize(join(dirname(file), target as string));
      if (inner.includes(to.split('/')[0] as string)) wrong.push(`src/${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});
