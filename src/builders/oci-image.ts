/**
 * builtin:oci-image: a system as an image for podman, docker and Kubernetes: the OCI image layout in a tar archive ("oci-archive"), with
 * the manifest.json of `docker save` besides. Attributes are those of builtin:tarball for the root; `fileName`; `imageName` and `tag`;
 * `config`, the image's runtime configuration; `maxLayers`. A layer has one store path, the largest first, and one all that are left.
 *
 * https://github.com/opencontainers/image-spec: image-layout.md, manifest.md, config.md, layer.md
 */
import { createHash } from 'node:crypto';
import type { ByteStream } from '../disk/byte-stream.ts';
import { encodeTarHeader, TAR_BLOCK, TAR_END, tarPadding } from '../disk/tar/header.ts';
import { TreeTarWriter } from '../disk/tar/tree-tar.ts';
import { STORE_TIME } from '../store/canonical-files.ts';
import { closeFileSources } from '../system/file-source.ts';
import { diskUsage } from '../tree/disk-usage.ts';
import { directory, type DirectoryNode } from '../tree/file-tree.ts';
import { placeNode } from '../tree/place.ts';
import { attributeError, fileNameAttribute, isAttributes, optionalString, stringAttribute, type Attributes } from './attributes.ts';
import { makeDirectory } from './build-output.ts';
import type { BuildContext, BuiltinBuilder } from './builder.ts';
import { containerRoot } from './image/container-root.ts';
import { ImageFile } from './image/image-file.ts';
import { PackedStream } from './image/packed-stream.ts';
import type { RootTree } from './image/root-tree.ts';
import { writePlan } from './image/write-plan.ts';
import { outputFile } from './output-file.ts';

const CREATED = '1970-01-01T00:00:01Z';
/** Container engines mount a layer each; overlayfs takes at most 500, docker 127. */
const MOST_LAYERS = 125;
const DEFAULT_LAYERS = 100;
/** Smaller store paths share a layer. */
const LEAST_LAYER = 256 << 10;

const MEDIA = {
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
} as const;

interface Layer {
  root: DirectoryNode;
  comment: string;
}

interface Blob {
  mediaType: string;
  digest: string;
  size: number;
}

export const ociImage: BuiltinBuilder = {
  name: 'oci-image',
  async run(context) {
    const { attrs } = context;
    const fileName = fileNameAttribute(attrs, 'fileName');
    const reference = readReference(attrs);
    const config = attrs.config ?? {};
    if (!isAttributes(config)) throw attributeError('config', 'a set', config);
    const usr = optionalString(attrs, 'usr');
    const layers = splitLayers(await containerRoot(context), usr, readMaxLayers(attrs));
    const out = outputFile(context);
    makeDirectory(out);
    await writeImage(context, `${out}/${fileName}`, layers, { config, reference });
    return { outputs: { out: { references: [] } } };
  },
};

/** `name:tag`, by the grammar of the distribution specification. */
function readReference(attrs: Attributes): string {
  const name = stringAttribute(attrs, 'imageName');
  const tag = stringAttribute(attrs, 'tag');
  if (!/^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/.test(name) || name.length > 255)
    throw attributeError('imageName', 'lower-case letters, digits and ._-/', name);
  if (!/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(tag)) throw attributeError('tag', 'letters, digits and ._-, at most 128', tag);
  return `${name}:${tag}`;
}

function readMaxLayers(attrs: Attributes): number {
  const value = attrs.maxLayers ?? DEFAULT_LAYERS;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 3 || value > MOST_LAYERS)
    throw attributeError('maxLayers', `a number from 3 to ${MOST_LAYERS}`, value);
  return value;
}

/** What changes least comes first: /usr, then the largest store paths, then all others, then the rest of the root. */
function splitLayers({ root, storePaths }: RootTree, usr: string | undefined, most: number): Layer[] {
  const sizes = [...storePaths].map(([path, node]) => ({ path, node, size: path === usr ? Infinity : diskUsage(node, new Set()) }));
  const large = sizes.filter(({ size }) => size >= LEAST_LAYER).sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1));
  const own = new Set(large.slice(0, most - 2).map(({ path }) => path));
  const [layers, shared, rest] = [[] as Layer[], directory(), { ...root, entries: new Map(root.entries) }];
  for (const { path, node } of large) {
    if (!own.has(path)) continue;
    const layer = directory();
    placeNode(layer, path, node);
    if (path === usr) layer.entries.set('usr', root.entries.get('usr')!);
    layers.push({ root: layer, comment: path });
  }
  for (const { path, node } of sizes) if (!own.has(path)) placeNode(shared, path, node);
  if (own.has(usr ?? '')) rest.entries.delete('usr');
  const nix = rest.entries.get('nix');
  if (nix?.type === 'directory') rest.entries.set('nix', withoutStore(nix));
  if (shared.entries.size > 0) layers.push({ root: shared, comment: 'store paths' });
  return [...layers, { root: rest, comment: 'root' }];
}

function withoutStore(nix: DirectoryNode): DirectoryNode {
  return { ...nix, entries: new Map([...nix.entries].map(([name, node]) => [name, name === 'store' ? directory() : node])) };
}

async function writeImage(
  context: BuildContext,
  path: string,
  layers: Layer[],
  { config, reference }: { config: Attributes; reference: string },
): Promise<void> {
  const archive = new BlobArchive(path);
  const { drvPath: id, progress, signal, cores } = context;
  try {
    const written: (Blob & { diffId: string })[] = [];
    for (const layer of layers) {
      const member = archive.layer(cores);
      const writer = new TreeTarWriter(member.stream, STORE_TIME);
      const plan = { extents: [{ length: diskUsage(layer.root, new Set()) }], write: () => writer.entries(layer.root) };
      try {
        await writePlan(plan, member.stream, { id, activity: 'writing the image', progress, signal }, () => member.settle());
        writer.end();
        written.push(await member.end());
      } finally {
        member.close();
      }
    }
    const history = layers.map(({ comment }) => ({ created: CREATED, comment }));
    const rootfs = { type: 'layers', diff_ids: written.map(({ diffId }) => diffId) };
    const described = archive.json(MEDIA.config, { created: CREATED, architecture: 'amd64', os: 'linux', config, rootfs, history });
    const descriptors = written.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
    const manifest = archive.json(MEDIA.manifest, {
      schemaVersion: 2,
      mediaType: MEDIA.manifest,
      config: described,
      layers: descriptors,
    });
    const annotations = {
      'io.containerd.image.name': `docker.io/${reference.includes('/') ? '' : 'library/'}${reference}`,
      'org.opencontainers.image.ref.name': reference,
    };
    archive.text('index.json', { schemaVersion: 2, mediaType: MEDIA.index, manifests: [{ ...manifest, annotations }] });
    archive.text('oci-layout', { imageLayoutVersion: '1.0.0' });
    archive.text('manifest.json', [
      { Config: blobPath(described.digest), RepoTags: [reference], Layers: descriptors.map(({ digest }) => blobPath(digest)) },
    ]);
    archive.end();
  } finally {
    archive.close();
    closeFileSources();
  }
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** The tar archive of blobs: the header of each is written when its digest is known. */
class BlobArchive {
  private readonly file: ImageFile;
  private position = 0;
  private readonly names = new Set<string>();

  constructor(path: string) {
    this.file = new ImageFile(path, 0);
  }

  /** Begins a layer, to which the tar archive of its files is written. */
  layer(cores: number): {
    stream: ByteStream;
    settle(): Promise<void>;
    end(): Promise<Blob & { diffId: string }>;
    close(): void;
  } {
    const [packedHash, plainHash] = [createHash('sha256'), createHash('sha256')];
    const start = this.position + TAR_BLOCK;
    const packed = new PackedStream(
      {
        write: (offset, bytes) => {
          packedHash.update(bytes);
          this.file.write(start + offset, bytes);
        },
      },
      'gzip',
      cores,
    );
    const stream: ByteStream = {
      write: (bytes) => {
        plainHash.update(bytes);
        packed.write(bytes);
      },
      zeros: (count) => stream.write(Buffer.alloc(count)),
    };
    return {
      stream,
      settle: () => packed.settle(),
      end: async () => {
        const size = await packed.end();
        const digest = `sha256:${packedHash.digest('hex')}`;
        this.finish(blobPath(digest), size);
        return { mediaType: MEDIA.layer, digest, size, diffId: `sha256:${plainHash.digest('hex')}` };
      },
      close: () => packed.close(),
    };
  }

  json(mediaType: string, value: unknown): Blob {
    const bytes = Buffer.from(JSON.stringify(value));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    this.append(blobPath(digest), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  text(name: string, value: unknown): void {
    this.append(name, Buffer.from(JSON.stringify(value)));
  }

  end(): void {
    this.file.write(this.position, TAR_END);
    this.file.truncate(this.position + TAR_END.length);
  }

  close(): void {
    this.file.close();
  }

  private append(name: string, bytes: Buffer): void {
    this.file.write(this.position + TAR_BLOCK, bytes);
    this.finish(name, bytes.length);
  }

  /** Writes the header of what was written behind its place. Of equal blobs, the first counts. */
  private finish(name: string, size: number): void {
    if (this.names.has(name)) return;
    this.names.add(name);
    this.file.write(this.position, encodeTarHeader({ name, size, time: STORE_TIME }));
    const end = this.position + TAR_BLOCK + size;
    this.file.write(end, Buffer.alloc(tarPadding(size)));
    this.position = end + tarPadding(size);
  }
}
