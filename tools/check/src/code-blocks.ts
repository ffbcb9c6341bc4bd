/** A fenced block of TypeScript in a Markdown text or a doc comment. */
export interface CodeBlock {
  readonly code: string;
  /** Words after the language: in "```ts node" it is ['node']. */
  readonly flags: readonly string[];
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

/** The blocks fenced with "```ts", in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { flags: string[]; line: number; code: string[]; indent: number; typescript: boolean } | undefined;
  markdown.split('\n').forEach((line, index) => {
    const fence = /^(\s*)```\s*(.*?)\s*$/.exec(line);
    if (open === undefined) {
      if (fence === null) return;
      const [language = '', ...flags] = fence[2]!.split(/\s+/);
      open = { flags, line: index + 1, code: [], indent: fence[1]!.length, typescript: language === 'ts' || language === 'typescript' };
    } else if (fence !== null && fence[2] === '') {
      if (open.typescript) blocks.push({ code: open.code.join('\n') + '\n', flags: open.flags, line: open.line });
      open = undefined;
    } else {
      open.code.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
    }
  });
  return blocks;
}

/** The code of every `@example` in the doc comments of a source text. */
export function docExamples(source: string): { blocks: CodeBlock[]; problems: string[] } {
  const blocks: CodeBlock[] = [];
  const problems: string[] = [];
  for (const comment of source.matchAll(/^[ ]*\/\*\*[\s\S]*?\*\//gm)) {
    const firstLine = source.slice(0, comment.index).split('\n').length;
    const text = comment[0]
      .replace(/\*\/$/, '')
      .split('\n')
      .map((line) => line.replace(/^\s*\/?\*+ ?/, ''))
      .join('\n');
    const parts = text.split(/^@example\b/m);
    let line = firstLine + parts[0]!.split('\n').length - 1;
    for (const part of parts.slice(1)) {
      // The example ends where the next tag starts; a decorator in the code is indented or inside the fence.
      const found = codeBlocks(untilNextTag(part));
      if (found.length === 0) problems.push(`line ${line}: @example without a \`\`\`ts block`);
      for (const block of found) blocks.push({ ...block, line: line + block.line - 1 });
      line += part.split('\n').length - 1;
    }
  }
  return { blocks, problems };
}

function untilNextTag(text: string): string {
  const kept: string[] = [];
  let fenced = false;
  for (const line of text.split('\n')) {
    if (/^\s*```/.test(line)) fenced = !fenced;
    if (!fenced && /^@\w/.test(line)) break;
    kept.push(line);
  }
  return kept.join('\n');
}
