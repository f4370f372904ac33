/** `bootflake why-depends`: the ways by which a path refers to another, as Nix prints them. */
import type { LocalStore } from '../store/local-store.ts';
import { hashMentions, type Mention } from './hash-mentions.ts';
import { installablePaths, type PathsRequest } from './installable-paths.ts';
import { openStore, type PipelineContext } from './pipeline.ts';

export interface WhyRequest extends Pick<PathsRequest, 'source' | 'derivation'> {
  package: string;
  dependency: string;
  /** Every way instead of a shortest one. */
  all: boolean;
  /** With the files that mention each path. */
  precise: boolean;
}

/** How parts of a line are shown. */
export interface WhyPaint {
  /** A hash that is mentioned. */
  hash(text: string, isDependency: boolean): string;
  /** A path whose own references were printed before. */
  seen(text: string): string;
}

/** Yields lines; returns whether there is any way. Throws `store/invalid-path`, and the errors of evaluation and builds. */
export async function* whyDepends(context: PipelineContext, request: WhyRequest, paint: WhyPaint): AsyncGenerator<string, boolean> {
  const { source, derivation = false } = request;
  const store = await openStore(context);
  const single = async (name: string, realise: boolean): Promise<string> =>
    (await installablePaths(context, store, { names: [name], source, derivation, realise }))[0]!;
  const [from, to] = [await single(request.package, true), await single(request.dependency, false)];
  const graph = graphOf(store, from);
  if (!graph.has(to)) return false;
  yield* new Printer(store, graph, distances(graph, to), { ...request, from, to }, paint).lines();
  return true;
}

/** Path to references, both sorted. */
type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf(store: LocalStore, from: string): Graph {
  return new Map(store.computeClosure([from]).map((path) => [path, store.validPathInfo(path).references]));
}

/** How many references away the path `to` is, for those from which it can be reached. */
function distances(graph: Graph, to: string): Map<string, number> {
  const referrers = new Map<string, string[]>();
  for (const [path, references] of graph)
    for (const reference of references) referrers.set(reference, [...(referrers.get(reference) ?? []), path]);
  const found = new Map([[to, 0]]);
  // Iterating over a Map includes entries added meanwhile.
  for (const [path, distance] of found)
    for (const referrer of referrers.get(path) ?? []) if (!found.has(referrer)) found.set(referrer, distance + 1);
  return found;
}

const branches = { more: '├───', last: '└───', beside: '│   ', below: '    ' };

class Printer {
  private readonly seen = new Set<string>();

  constructor(
    private readonly store: LocalStore,
    private readonly graph: Graph,
    private readonly distance: ReadonlyMap<string, number>,
    private readonly asked: { from: string; to: string; all: boolean; precise: boolean },
    private readonly paint: WhyPaint,
  ) {}

  *lines(): Generator<string> {
    const { from, precise } = this.asked;
    if (!precise) yield from;
    yield* this.node(from, '', '');
  }

  /** Returns whether all is printed that was asked for. */
  private *node(path: string, first: string, margin: string): Generator<string, boolean> {
    const { from, to, all, precise } = this.asked;
    const wasSeen = this.seen.has(path);
    if (precise) yield first + this.shown(`${first === '' ? '' : '→ '}${path}`, wasSeen);
    if (path === to && !all && from !== to) return true;
    if (wasSeen) return false;
    if (precise) this.seen.add(path);
    const next = this.next(path);
    const mentions = precise ? this.mentions(path, next) : undefined;
    for (const [i, reference] of next.entries()) {
      const isLast = all ? i === next.length - 1 : true;
      const below = margin + (isLast ? branches.below : branches.beside);
      const start = isLast ? branches.last : branches.more;
      if (mentions) {
        const lines = mentions.get(hashOf(reference)) ?? [];
        for (const [n, line] of (all ? lines : lines.slice(0, 1)).entries()) yield `${n === 0 ? margin + start : below}${line}`;
      } else {
        yield margin + this.shown(start + reference, this.seen.has(reference));
        this.seen.add(path);
      }
      if (yield* this.node(reference, below, below)) return true;
    }
    return false;
  }

  /** The references from which the dependency can be reached, nearest first. */
  private next(path: string): string[] {
    const { from, to } = this.asked;
    const { distance } = this;
    return this.graph
      .get(path)!
      .filter((reference) => distance.has(reference) && (reference !== path || from === to))
      .sort((a, b) => distance.get(a)! - distance.get(b)!);
  }

  private mentions(path: string, references: readonly string[]): Map<string, string[]> {
    const lines = new Map<string, string[]>();
    const hashes = references.map(hashOf).sort();
    for (const mention of hashMentions(this.store.realPath(path), hashes)) {
      const line = this.mentionLine(mention);
      lines.set(mention.hash, [...(lines.get(mention.hash) ?? []), line]);
    }
    return lines;
  }

  private mentionLine({ hash, file, isLink, before, after }: Mention): string {
    const text = before + this.paint.hash(hash, hash === hashOf(this.asked.to)) + after;
    return isLink ? `${file} -> ${text}` : `${file}: …${text}…`;
  }

  private shown(text: string, wasSeen: boolean): string {
    return wasSeen ? this.paint.seen(text) : text;
  }
}

function hashOf(path: string): string {
  return path.slice('/nix/store/'.length, '/nix/store/'.length + 32);
}
