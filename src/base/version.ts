import packageJson from '../../package.json' with { type: 'json' };

/** Of bootflake. */
export const version: string = packageJson.version;
