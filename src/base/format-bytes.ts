const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function unitOf(bytes: number): number {
  let unit = 0;
  for (let value = bytes; value >= 1024 && unit < units.length - 1; value /= 1024) unit += 1;
  return unit;
}

function inUnit(bytes: number, unit: number): string {
  return unit === 0 ? String(bytes) : (bytes / 1024 ** unit).toFixed(1);
}

/** Formats bytes in binary units: `95.2 MiB`. */
export function formatBytes(bytes: number): string {
  const unit = unitOf(bytes);
  return `${inUnit(bytes, unit)} ${units[unit]}`;
}

/** Formats two amounts in the unit of the second: `12.0/95.2 MiB`. */
export function formatBytesOf(done: number, total: number): string {
  const unit = unitOf(total);
  return `${inUnit(done, unit)}/${inUnit(total, unit)} ${units[unit]}`;
}
