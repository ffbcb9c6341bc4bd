/** The source text of the cases, so that the table shows exactly what is run. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** For every section of a file of cases, by title, the text of each case. */
export function caseTexts(file: URL): Map<string, string[]> {
  const text = readFileSync(file, 'utf8');
  const root = ts.createSourceFile(file.pathname, text, ts.ScriptTarget.Latest, true);
  const found = new Map<string, string[]>();
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const title = property(node, 'title');
      const cases = property(node, 'cases');
      if (title && ts.isStringLiteral(title) && cases && ts.isArrayLiteralExpression(cases)) {
        found.set(title.text, cases.elements.map((element) => bodyText(element)));
        return;
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

function property(node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  const found = node.properties.find((p) => ts.isPropertyAssignment(p) && p.name.getText() === name);
  return found && ts.isPropertyAssignment(found) ? found.initializer : undefined;
}

/** What an arrow function does: its expression, or the lines of its block. */
function bodyText(node: ts.Expression): string {
  if (!ts.isArrowFunction(node)) throw new Error(`A case is not an arrow function: ${node.getText()}`);
  const { body } = node;
  if (!ts.isBlock(body)) return body.getText();
  const lines = body.getFullText().trim().slice(1, -1).split('\n').filter((line) => line.trim() !== '');
  const indent = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indent)).join('\n');
}
