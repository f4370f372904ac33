/**
 * The part of the interface that starts the machine: apart, as its types need AssemblyScript's, which the API's declarations do not have.
 */
export { type ExpressionCache, ExpressionTexts } from '../machine/expression-texts.ts';
export { Machine } from '../machine/machine.ts';
