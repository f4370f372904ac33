/** `channel:nixos-23.05` stands for the archive of that channel of NixOS; any other URL for itself. */
export function channelUrl(url: string): string {
  return url.startsWith('channel:') ? `https://channels.nixos.org/${url.slice('channel:'.length)}/nixexprs.tar.xz` : url;
}
