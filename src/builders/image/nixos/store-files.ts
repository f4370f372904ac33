/** Files of the store as the machine will find them, with an image's words for what is missing. */
import { BootflakeError } from '../../../base/errors.ts';
import { InputFiles } from '../../input-files.ts';

export class StoreFiles extends InputFiles {
  protected override missing(path: string): BootflakeError {
    return new BootflakeError({ code: 'disk/missing-file', message: `there is no ${path}`, hint: 'the image needs it' });
  }

  protected override notAFile(path: string): BootflakeError {
    return new BootflakeError({ code: 'disk/missing-file', message: `${path} is not a file` });
  }
}
