import { drawCycle, type Operation } from '@pandakv/history';
import { expect } from 'chai';
import { concurrent, judge } from './support/histories.js';

/** Every tag is closed in its turn, and what stands between them needs no escape. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, isEnd, name, isEmpty] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (isEnd === '/') expect(open.pop()).to.equal(name);
    else if (isEmpty !== '/') open.push(name!);
  }
  expect(open).to.deep.equal([]);
  const between = svg.replaceAll(/<[^<>]*>/g, '');
  expect(between).not.to.match(/[<>]|&(?!(?:amp|lt|gt|quot);)/);
  // eslint-disable-next-line no-control-regex -- XML allows none of these
  expect(svg).not.to.match(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
}

function drawn(operations: Operation[]): string {
  const { type, examples } = judge(operations).anomalies.find(({ examples: [first] }) => first!.steps.length > 0)!;
  return drawCycle(type, examples[0]!.transactions, examples[0]!.steps);
}

describe('drawings of cycles', () => {
  it('are well-formed whatever the keys are', () => {
    const renamed = concurrent('r x [], append y 1', 'r y [], append x 1', 'r x [1], r y [1]').map((operation): Operation => {
      const value = operation.value.map((step) => step.map((part) => (part === 'x' ? '<&"\u0000\ud800>' : part)));
      return { ...operation, value: value as unknown as Operation['value'] };
    });
    expectWellFormed(drawn(renamed));
  });

  it('show each transaction in a box, none over another, and an edge of its kind for each step', () => {
    const svg = drawn(concurrent('append x 1', 'append y 1', 'r x [1], r y []', 'r x [], r y [1]'));
    expectWellFormed(svg);
    const boxes = [...svg.matchAll(/<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/g)];
    expect(boxes).to.have.lengthOf(4);
    boxes.slice(1).forEach(([, y], i) => expect(Number(y)).to.be.greaterThan(Number(boxes[i]![1]) + Number(boxes[i]![2])));
    expect([...svg.matchAll(/marker-end="url\(#arrow-(\w+)\)"/g)].map(([, kind]) => kind).sort()).to.deep.equal([
      'rw',
      'rw',
      'wr',
      'wr',
    ]);
  });
});
