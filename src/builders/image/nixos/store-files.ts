/** Files of the store at their paths on the machine, with errors about the image. */
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
