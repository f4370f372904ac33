import { fileURLToPath } from 'node:url';
import type { HttpOptions } from '../system/http.ts';
import type { WritableFiles } from './binary-cache.ts';
import type { CacheUri } from './cache-uri.ts';
import { HttpFiles } from './files/http-files.ts';
import { LocalFiles } from './files/local-files.ts';
import { s3Files } from './files/s3-files.ts';

/** The files of a cache, by its scheme. Nothing is read yet. Throws `caches/bad-uri`. */
export function filesOf(uri: CacheUri, http: HttpOptions, env: NodeJS.ProcessEnv): WritableFiles {
  switch (uri.scheme) {
    case 'http':
    case 'https':
      return new HttpFiles(uri.base, http);
    case 's3':
      return s3Files(uri, http, env);
    case 'file':
      return new LocalFiles(fileURLToPath(uri.base));
  }
}
