import said from './said.js';

export default (text) => text.toUpperCase() + said;
