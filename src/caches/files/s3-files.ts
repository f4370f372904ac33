/** Caches in S3: files below a URL, whose requests are signed if the user has credentials. Parameters as in Nix. */
import { wallClockSeconds } from '../../system/clock.ts';
import type { HttpOptions } from '../../system/http.ts';
import type { CacheUri } from '../cache-uri.ts';
import { cacheError } from '../errors.ts';
import { findAwsCredentials } from './aws-credentials.ts';
import { HttpFiles } from './http-files.ts';
import { signedS3Headers } from './s3-signature.ts';

const DEFAULT_REGION = 'us-east-1';

/** `options`: without authorization from netrc files, which know nothing of S3. Throws `caches/bad-uri`. */
export function s3Files({ base, parameters }: CacheUri, options: HttpOptions, env: NodeJS.ProcessEnv): HttpFiles {
  const region = parameters.get('region') ?? DEFAULT_REGION;
  const url = s3Url(base, region, parameters);
  const credentials = findAwsCredentials(parameters.get('profile'), env);
  const { authorization: _, ...rest } = options;
  return new HttpFiles(url, {
    ...rest,
    ...(credentials && {
      signedHeaders: (address, { method, bodyHash }) =>
        signedS3Headers(credentials, {
          method,
          url: address,
          region,
          time: wallClockSeconds(),
          ...(bodyHash !== undefined && { bodyHash }),
        }),
    }),
  });
}

/** The bucket is the first part of the path, as Nix has it: certificates rarely hold for a bucket's own name. */
function s3Url(base: string, region: string, parameters: ReadonlyMap<string, string>): string {
  const scheme = parameters.get('scheme') ?? 'https';
  const endpoint = parameters.get('endpoint') || `s3.${region}.amazonaws.com`;
  const host = endpoint.includes('://') ? endpoint.replace(/\/+$/, '') : `${scheme}://${endpoint}`;
  const fault = (what: string): Error => cacheError('bad-uri', `the ${what} of the binary cache '${base}' is not allowed`);
  if (!/^[a-z0-9-]{1,64}$/.test(region)) throw fault('region');
  if (!/^https?:\/\//.test(host) || !URL.canParse(host)) throw fault('endpoint');
  return `${host}/${base.slice('s3://'.length)}`;
}
