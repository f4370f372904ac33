#!/usr/bin/env node
import { existsSync } from 'node:fs';
import loud from 'loud';
import mark from '../made/mark.js';

const hasTool = existsSync(new URL('../node_modules/@example/tool', import.meta.url));
console.log(loud(process.argv.slice(2).join(' ')) + mark, hasTool ? 'with' : 'without', 'the tool');
