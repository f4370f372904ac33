import { writeFileSync } from 'node:fs';

writeFileSync(new URL('said.js', import.meta.url), 'export default "!";\n');
