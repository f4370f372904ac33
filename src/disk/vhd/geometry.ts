/** A disk's cylinders, heads and sectors, as the VHD specification's appendix computes them; the size that they give may be smaller. */
export interface Geometry {
  cylinders: number;
  heads: number;
  /** Per track. */
  sectors: number;
}

const [MOST_CYLINDERS, MOST_HEADS, MOST_SECTORS] = [65_535, 16, 255];

/** `total` is the disk's number of sectors of 512 bytes. */
export function geometryOf(total: number): Geometry {
  const all = Math.min(total, MOST_CYLINDERS * MOST_HEADS * MOST_SECTORS);
  let heads = MOST_HEADS;
  let sectors = MOST_SECTORS;
  let tracks = Math.floor(all / sectors);
  if (all < MOST_CYLINDERS * MOST_HEADS * 63) {
    sectors = 17;
    tracks = Math.floor(all / sectors);
    heads = Math.max(4, Math.floor((tracks + 1023) / 1024));
    for (const larger of [31, 63]) {
      if (tracks < heads * 1024 && heads <= MOST_HEADS) break;
      sectors = larger;
      heads = MOST_HEADS;
      tracks = Math.floor(all / sectors);
    }
  }
  return { cylinders: Math.floor(tracks / heads), heads, sectors };
}
