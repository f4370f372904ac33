/** The image of a machine, where its host can read it. */
import { Instances } from '../instances/instances.ts';
import type { HostedMachines } from '../remote/hosted-machines.ts';
import { findImage, type DiskImage } from '../vm/image.ts';
import { formatBytes } from '../base/format-bytes.ts';
import type { PipelineContext } from './pipeline.ts';

/**
 * `built`: as `findImage`; `likely`: paths of images that the host has, of which it may be made. Throws what that throws, and the errors of
 * `HostImages.place`.
 */
export async function placeImage(context: PipelineContext, built: string, likely: readonly string[] = []): Promise<DiskImage> {
  const image = findImage(built);
  if (!context.host) return image;
  const { host, images } = context.host;
  const others = await disksOf(context.host);
  const { image: placed, sent } = await images.place(image, {
    likely: [...likely, ...others],
    probe: await context.host.probe(),
    progress: context.onProgress,
    signal: context.signal,
  });
  if (sent) {
    context.onSent?.(sent.sent);
    context.onNote(
      `sent ${formatBytes(sent.sent)} to ${host.address}: ` +
        (sent.over === undefined ? 'the whole image' : 'what differs from an image that it has'),
    );
  }
  return placed;
}

/** Removes what no machine of the host needs any more; with the last one, all that is ours there. */
export async function cleanHost(hosted: HostedMachines): Promise<void> {
  await hosted.images.removeUnused(await disksOf(hosted));
  await hosted.host.removeIfUnused();
}

/** Paths of what the disks of all machines there lie over. */
export async function disksOf({ host }: HostedMachines): Promise<string[]> {
  const instances = new Instances(`${host.folder}/vms`, host);
  const paths = new Set<string>();
  for (const name of await instances.names()) {
    const instance = await instances.get(name);
    for (const file of await instance.names()) {
      const backing = /\.qcow2(?:\.next)?$/.test(file) ? (await instance.disk(file)).backing : undefined;
      if (backing?.startsWith('/')) paths.add(backing);
    }
  }
  return [...paths];
}
