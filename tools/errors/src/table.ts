/** The table of errors as Markdown. */

/** One failed case. */
export interface Row {
  readonly input: string;
  readonly error: string;
  readonly code: string;
  readonly message: string;
}

export interface Part {
  readonly title: string;
  readonly rows: readonly Row[];
}

const INTRODUCTION = `# Errors

What goes wrong, and what is said about it. Every error is a class that can be caught, has a stable \`code\`, and says what was
given, what was expected and how to fix it; errors of shape and type are thrown at the call that made them, not when the value is
computed.

This page is made by running every line of its first column: \`UPDATE_DOCS=1 npx vitest run tools/errors\` writes it, and the test
fails when it is out of date. \`int([1, 2])\` stands for an int32 tensor; other helpers are beside the cases in \`tools/errors/src/cases\`.
`;

const SAVING = `## Killed while saving

\`saveFile\`, and with it \`saveModel\` and \`saveCheckpoint\`, writes to a new file in the same folder, which takes the name only when it
is complete and on disk. When the process is killed before that (\`kill -9\`, power cut) the old file is intact, byte by byte; an
unfinished \`.model.safetensors.1a2b3c4d.tmp\` may remain beside it and can be deleted. \`tools/errors/src/saving.test.ts\` kills a
process in the middle of a save.
`;

/** The whole page. */
export function page(parts: readonly Part[]): string {
  return [INTRODUCTION, ...parts.map(section), SAVING].join('\n');
}

function section({ title, rows }: Part): string {
  const lines = rows.map(({ input, error, code, message }) => {
    return `| ${cell(input, true)} | ${error}<br>\`${code}\` | ${cell(message, false)} |`;
  });
  return [`## ${title}`, '', '| Input | Error | Message |', '|---|---|---|', ...lines, ''].join('\n');
}

/** Text inside a cell: no line breaks, no bars, nothing that Markdown or HTML would take as its own. */
function cell(text: string, isCode: boolean): string {
  const escaped = text.replace(/[&<>|*]/g, (character) => `&#${character.charCodeAt(0)};`);
  const lines = escaped.split('\n').map((line) => line.replace(/^ +/, (spaces) => '&nbsp;'.repeat(spaces.length)));
  return isCode ? `<code>${lines.join('<br>')}</code>` : lines.join('<br>');
}
