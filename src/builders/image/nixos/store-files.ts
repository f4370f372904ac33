/** Files of the store as the machine will find them, with errors in terms of the image. */
import { BootflakeError } from '../../../base/errors.ts';
import { InputFiles } from '../../input-files.ts';

export class StoreFiles extends InputFiles {
  protected override missing(path: string): BootflakeError {
    return new BootflakeError({ code: 'disk/missing-file', message: `there is no ${path}, which the image needs` });
  }

  protected override notAFile(path: string): BootflakeError {
    return new BootflakeError({ code: 'disk/missing-file', message: `${path} is not a file` });
  }
}
