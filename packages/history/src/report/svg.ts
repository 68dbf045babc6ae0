import type { StepView, TransactionView } from './explain.js';

const FONT_SIZE = 13;
/** Width of a character of the monospaced font, in pixels. */
const CHARACTER = 7.9;
const LINE = 18;
const PADDING = 12;
const GAP = 64;
const MARGIN = 24;
/** How far the edge that closes the cycle goes around the boxes. */
const DETOUR = 56;
const MAX_CHARACTERS = 100;

const COLOURS: Readonly<Record<string, string>> = {
  ww: '#b45309',
  wr: '#1d4ed8',
  rw: '#b91c1c',
  process: '#6d28d9',
  realtime: '#047857',
};

/**
 * Draws a cycle: its transactions one below the other, each with an arrow to the next, and an arrow around them from the last to
 * the first. The result stands alone: it has no scripts and fetches nothing.
 */
export function drawCycle(title: string, transactions: readonly TransactionView[], steps: readonly StepView[]): string {
  const boxes = layOut(transactions);
  const width = Math.max(...boxes.map((box) => box.width), ...steps.slice(0, -1).map(({ text }) => textWidth(text) + 40));
  const closing = steps.at(-1)!;
  const right = MARGIN + width + DETOUR;
  const bottom = boxes.at(-1)!.y + boxes.at(-1)!.height;
  const totalWidth = Math.max(right + MARGIN, MARGIN * 2 + textWidth(caption(closing)), MARGIN * 2 + textWidth(title));
  const height = bottom + MARGIN + LINE * 2;
  const parts = [
    text(MARGIN, MARGIN + 4, title, 'font-weight="bold"'),
    ...boxes.flatMap((box) => drawBox(box, width)),
    ...steps.slice(0, -1).flatMap((step, i) => drawDownward(step, boxes[i]!, boxes[i + 1]!)),
    ...drawClosing(closing, boxes, width, right),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(totalWidth)}" height="${round(height)}" viewBox="0 0 ${round(totalWidth)} ${round(height)}"`,
    ` font-family="ui-monospace, Menlo, Consolas, monospace" font-size="${FONT_SIZE}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<defs>${Object.entries(COLOURS).map(marker).join('')}</defs>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

interface Box {
  readonly lines: readonly string[];
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function layOut(transactions: readonly TransactionView[]): Box[] {
  let y = MARGIN + LINE * 1.5;
  return transactions.map((transaction) => {
    const lines = [headingOf(transaction), ...wrapped(transaction.operations)];
    const box = { lines, y, width: Math.max(...lines.map(textWidth)) + 2 * PADDING, height: lines.length * LINE + PADDING };
    y += box.height + GAP;
    return box;
  });
}

function headingOf({ name, process, invoked, completed, type }: TransactionView): string {
  return `${name}  process ${process}, operations ${invoked ?? '?'}–${completed ?? '?'}, ${type}`;
}

/** Operations side by side, as many as fit on a line. */
function wrapped(operations: readonly string[]): string[] {
  const lines: string[] = [];
  for (const operation of operations.map(shortened)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + operation.length + 3 <= MAX_CHARACTERS)
      lines[lines.length - 1] = `${last} · ${operation}`;
    else lines.push(operation);
  }
  return lines;
}

function shortened(line: string): string {
  return line.length <= MAX_CHARACTERS ? line : `${line.slice(0, MAX_CHARACTERS - 1)}…`;
}

function drawBox({ lines, y, height }: Box, width: number): string[] {
  return [
    `<rect x="${MARGIN}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="6" fill="#f8fafc" stroke="#334155"/>`,
    ...lines.map((line, i) =>
      text(MARGIN + PADDING, y + LINE * (i + 1), line, i === 0 ? 'font-weight="bold"' : 'fill="#334155"'),
    ),
  ];
}

function drawDownward(step: StepView, from: Box, to: Box): string[] {
  const x = MARGIN + 20;
  const begin = from.y + from.height;
  const middle = (begin + to.y) / 2;
  return [
    line(`M ${x} ${round(begin)} L ${x} ${round(to.y - 2)}`, step.kind),
    text(x + 10, middle - 2, step.kind, `fill="${colourOf(step.kind)}" font-weight="bold"`),
    text(x + 10, middle + LINE - 4, shortened(step.text), `fill="${colourOf(step.kind)}"`),
  ];
}

function drawClosing(step: StepView, boxes: readonly Box[], width: number, right: number): string[] {
  const [first, last] = [boxes[0]!, boxes.at(-1)!];
  const edge = MARGIN + width;
  const [from, to] = [last.y + last.height / 2, first.y + first.height / 2];
  const path = `M ${round(edge)} ${round(from)} C ${round(right)} ${round(from)} ${round(right)} ${round(from)} ${round(right)} ${round(from - 24)}`;
  const back = `L ${round(right)} ${round(to + 24)} C ${round(right)} ${round(to)} ${round(right)} ${round(to)} ${round(edge + 2)} ${round(to)}`;
  const below = last.y + last.height + LINE * 1.5;
  return [line(`${path} ${back}`, step.kind), text(MARGIN, below, caption(step), `fill="${colourOf(step.kind)}"`)];
}

function caption({ from, to, kind, text: reason }: StepView): string {
  return shortened(`${from} → ${to} ${kind}: ${reason}`);
}

function line(path: string, kind: string): string {
  return `<path d="${path}" fill="none" stroke="${colourOf(kind)}" stroke-width="2" marker-end="url(#arrow-${kind})"/>`;
}

function marker([kind, colour]: [string, string]): string {
  const shape = `<path d="M 0 0 L 10 5 L 0 10 z" fill="${colour}"/>`;
  const box = 'viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"';
  return `<marker id="arrow-${kind}" ${box}>${shape}</marker>`;
}

function colourOf(kind: string): string {
  return COLOURS[kind] ?? '#334155';
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes} xml:space="preserve">${escapeXml(content)}</text>`;
}

function textWidth(content: string): number {
  return Math.min(content.length, MAX_CHARACTERS + 20) * CHARACTER;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Characters that XML does not allow are shown as a replacement character. */
function escapeXml(content: string): string {
  const wellFormed = Buffer.from(content, 'utf8').toString('utf8');
  // eslint-disable-next-line no-control-regex -- these are the ones
  const allowed = wellFormed.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
  return allowed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
