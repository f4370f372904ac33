/**
 * The images that a host has, beside its machines: each a qcow2 that is never changed, whole or over another one, with a manifest and the
 * hashes of what a guest sees. A name says the contents. What no disk lies over is removed.
 *
 *     images/NAME.qcow2      the image; over another one, it names that relatively
 *     images/NAME.clusters   hashes of its clusters: src/disk/clusters.ts
 *     images/NAME.json       its manifest, written last: without one it is no image
 *     images/NAME~BASE.part  one that is being sent
 *     images/lock            held, shared, by who sends one and has not used it yet; alone, by who removes
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { visibleLine } from '../base/control-characters.ts';
import { BootflakeError } from '../base/errors.ts';
import type { ProgressEvent } from '../base/progress.ts';
import { BadImage } from '../disk/bad-image.ts';
import { ClusterHashes } from '../disk/clusters.ts';
import { CLUSTER } from '../disk/qcow2/header.ts';
import { readImageAt } from '../instances/host/image-at.ts';
import type { HeldLock } from '../system/lock-file.ts';
import { atExit } from '../system/at-exit.ts';
import type { DiskImage } from '../vm/image.ts';
import type { HostProbe } from './probe-host.ts';
import { writeSentFile, type LocalImage, type LocalImages, type SentFile } from './local-image.ts';
import type { SshHost } from './ssh-host.ts';
import { packedBytes, unpackersOf, upload, type Uploaded, type UploadOptions } from './upload.ts';

/** Increased when an older bootflake would misread the files. */
const schemaVersion = 1;
const imageName = /^[0-9a-f]{32}$/;
const name = v.pipe(v.string(), v.regex(imageName));
const bytes = v.pipe(v.number(), v.integer(), v.minValue(0));

const manifestSchema = v.object({
  schema: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(schemaVersion)),
  /** Bytes that a guest sees. */
  size: bytes,
  /** Of the qcow2. */
  file: v.object({ bytes, sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) }),
  /** The image that it lies over. */
  base: v.optional(name),
});

type ImageManifest = v.InferOutput<typeof manifestSchema>;

/** Images that lie over each other: each costs a look-up in a table for what it does not have. */
const mostLayers = 3;
/** An update is sent as the clusters that differ if they are at most this share of all. */
const mostChanged = 0.6;

export interface PlacedImage {
  image: DiskImage;
  /** What was sent; undefined when the host had it. */
  sent?: (Uploaded & { over: string | undefined }) | undefined;
}

export class HostImages {
  readonly folder: string;
  private lease: HeldLock | undefined;

  constructor(
    private readonly host: SshHost,
    private readonly locals: LocalImages,
  ) {
    this.folder = `${host.folder}/images`;
  }

  path(image: string): string {
    return `${this.folder}/${image}.qcow2`;
  }

  /**
   * Sees to it that the host has the image, and returns it there. `likely`: paths of images there that may have most of its clusters. It
   * stays until `release`, or as long as a disk lies over it. Throws `remote/bad-image`, `remote/disk-full`, `remote/upload-failed`,
   * `remote/connection-lost`.
   */
  async place(
    image: DiskImage,
    options: { likely: readonly string[]; probe: HostProbe; progress(event: ProgressEvent): void; signal?: AbortSignal | undefined },
  ): Promise<PlacedImage> {
    await this.host.makeFolder(this.folder);
    this.lease ??= await this.host.shareLock(`${this.folder}/lock`, options.signal);
    const local = await this.read(image, options.signal);
    if (await this.manifest(local.name)) return { image: await readImageAt(this.host, this.path(local.name)) };
    const base = await this.baseFor(local, options.likely);
    return inScratch(async (scratch) => {
      const file = await this.fileOf(image, local, base, join(scratch, 'image.qcow2'), options.signal);
      this.requireSpace(file.bytes, options.probe);
      const partial = `${this.folder}/${local.name}~${base?.name ?? ''}.part`;
      const sent = await upload(this.host, file, partial, { ...options, unpackers: unpackersOf(options.probe.programs) });
      await this.commit(local, partial, {
        schema: schemaVersion,
        size: local.size,
        file: { bytes: file.bytes, sha256: sent.sha256 },
        ...(base && { base: base.name }),
      });
      return { image: await readImageAt(this.host, this.path(local.name)), sent: { ...sent, over: base?.name } };
    });
  }

  /** Where the image is on the host, if it is there. Throws `remote/bad-image`. */
  async pathOf(image: DiskImage, signal: AbortSignal | undefined): Promise<string> {
    return this.path((await this.read(image, signal)).name);
  }

  /**
   * What `place` would send, without changing anything there: bytes of the file, and packed as the host can unpack them; none where it has
   * the image. Throws `remote/bad-image`.
   */
  async compare(
    image: DiskImage,
    options: { likely: readonly string[]; unpackers: UploadOptions['unpackers']; signal?: AbortSignal | undefined },
  ): Promise<{ path: string; over: string | undefined } & Pick<Uploaded, 'bytes' | 'sent'>> {
    const local = await this.read(image, options.signal);
    const path = this.path(local.name);
    if (await this.manifest(local.name)) return { path, over: undefined, bytes: 0, sent: 0 };
    const base = await this.baseFor(local, options.likely);
    return inScratch(async (folder) => {
      const file = await this.fileOf(image, local, base, join(folder, 'image.qcow2'), options.signal);
      return { path, over: base?.name, bytes: file.bytes, sent: await packedBytes(file, options.unpackers, options.signal) };
    });
  }

  /** What was placed is in use now, or is not needed. */
  release(): void {
    this.lease?.release();
    this.lease = undefined;
  }

  /**
   * Removes the images that neither a disk nor another image lies over; `disks`: paths of what disks lie over. Does nothing while somebody
   * places one.
   */
  async removeUnused(disks: readonly string[]): Promise<void> {
    this.release();
    const names = await this.host.listNames(this.folder);
    if (names.length === 0) return;
    const lock = await this.host.tryLock(`${this.folder}/lock`);
    if (lock === undefined) return;
    try {
      const needed = new Set<string>();
      for (let todo = disks.flatMap((path) => this.nameOf(path) ?? []); todo.length > 0; ) {
        const each = todo.pop()!;
        if (needed.has(each)) continue;
        needed.add(each);
        const base = (await this.manifest(each))?.base;
        if (base !== undefined) todo = [...todo, base];
      }
      // The manifest first: what has none is no image.
      const unneeded = names.filter(
        (file) => /^[0-9a-f]{32}(?:~[0-9a-f]{0,32})?\.(?:json|clusters|qcow2|part)$/.test(file) && !needed.has(file.slice(0, 32)),
      );
      for (const suffix of ['.json', '.clusters', '.qcow2', '.part'])
        for (const file of unneeded) if (file.endsWith(suffix)) await this.host.remove(`${this.folder}/${file}`);
      if ((await this.host.listNames(this.folder)).every((file) => file === 'lock')) await this.host.removeTree(this.folder);
    } finally {
      lock.release();
    }
  }

  /** Throws `remote/bad-manifest` for one of a newer bootflake. */
  private async manifest(image: string): Promise<ImageManifest | undefined> {
    const text = await this.host.readBytes(`${this.folder}/${image}.json`);
    if (text === undefined) return undefined;
    let value: unknown;
    try {
      value = JSON.parse(Buffer.from(text).toString('utf8'));
    } catch {
      return undefined;
    }
    const schema = (value as { schema?: unknown } | null)?.schema;
    if (typeof schema === 'number' && schema > schemaVersion)
      throw new BootflakeError({
        code: 'remote/newer-manifest',
        message: `the images of ${this.host.address} were made by a newer bootflake (schema ${schema}; this one knows ${schemaVersion})`,
        hint: 'Use that bootflake, or update this one.',
      });
    const parsed = v.safeParse(manifestSchema, value);
    const facts = parsed.success ? await this.host.facts(this.path(image)) : undefined;
    // One that somebody changed or cut is sent anew.
    return parsed.success && facts?.size === parsed.output.file.bytes ? parsed.output : undefined;
  }

  private async read(image: DiskImage, signal: AbortSignal | undefined): Promise<LocalImage> {
    try {
      return await this.locals.read(image, signal);
    } catch (error) {
      if (!(error instanceof BadImage)) throw error;
      throw new BootflakeError({
        code: 'remote/bad-image',
        message: `'${image.path}' cannot be read as an image: ${error.message}`,
        cause: error,
      });
    }
  }

  /** The image of the host that has the most of this one. */
  private async baseFor(local: LocalImage, likely: readonly string[]): Promise<{ name: string; clusters: number[] } | undefined> {
    let best: { name: string; clusters: number[] } | undefined;
    for (const candidate of await this.candidates(likely)) {
      const encoded = await this.host.readBytes(`${this.folder}/${candidate}.clusters`);
      const hashes = encoded && ClusterHashes.decode(encoded);
      if (!hashes) continue;
      const clusters = local.hashes.differences(hashes).filter((cluster) => cluster * CLUSTER < local.size);
      if (clusters.length <= mostChanged * local.hashes.count && clusters.length < (best?.clusters.length ?? Infinity))
        best = { name: candidate, clusters };
    }
    return best;
  }

  /** Those that are likely, and what they lie over, if not too many lie over each other already. */
  private async candidates(likely: readonly string[]): Promise<string[]> {
    const found = new Set<string>();
    for (const path of likely) {
      const chain: string[] = [];
      for (let each = this.nameOf(path); each !== undefined && chain.length <= mostLayers; ) {
        chain.push(each);
        each = (await this.manifest(each))?.base;
      }
      // The first has as many below it as there are others.
      chain.forEach((each, i) => chain.length - i < mostLayers && found.add(each));
    }
    return [...found].slice(0, 6);
  }

  /** What is sent: the image's own file if it is a qcow2 as we write them. */
  private async fileOf(
    image: DiskImage,
    local: LocalImage,
    base: { name: string; clusters: number[] } | undefined,
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<SentFile> {
    if (!base && image.format === 'qcow2') return { path: image.path, bytes: image.key.size };
    return writeSentFile(local, path, base && { backing: `${base.name}.qcow2`, clusters: base.clusters }, signal);
  }

  private nameOf(path: string): string | undefined {
    const found = path.startsWith(`${this.folder}/`) ? path.slice(this.folder.length + 1).replace(/\.qcow2$/, '') : '';
    return imageName.test(found) ? found : undefined;
  }

  private async commit(local: LocalImage, partial: string, manifest: ImageManifest): Promise<void> {
    const file = `${this.folder}/${local.name}`;
    await this.host.write(`${file}.clusters`, local.hashes.encode());
    await this.host.rename(partial, `${file}.qcow2`);
    await this.host.do('chmod 400 "$1"', [`${file}.qcow2`]);
    await this.host.write(`${file}.json.new`, Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`));
    await this.host.sync(this.folder);
    await this.host.rename(`${file}.json.new`, `${file}.json`);
  }

  private requireSpace(needed: number, { freeBytes }: HostProbe): void {
    if (needed + (64 << 20) <= freeBytes) return;
    throw new BootflakeError({
      code: 'remote/disk-full',
      message: `the image takes ${needed} bytes, and ${visibleLine(this.folder)} of ${this.host.address} has ${freeBytes} free`,
      hint: `Make space there, such as by removing machines: bootflake vm list --host ${this.host.address}`,
    });
  }
}

/** With a folder of this host, which is removed afterwards. */
async function inScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bootflake-send-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const cancel = atExit(remove);
  try {
    return await work(folder);
  } finally {
    cancel();
    remove();
  }
}
