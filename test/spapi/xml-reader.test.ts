import { describe, expect, it } from 'vitest';
import { XmlReader } from '../../src/spapi/reports/xml-reader.js';

/** The events of a document that arrives in chunks of this size. */
function eventsOf(xml: string, chunkSize = xml.length): string[] {
  const events: string[] = [];
  const reader = new XmlReader({
    open: (name, attributes) => {
      const written = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}="${value}"`);
      events.push(`<${name}${written.join('')}>`);
    },
    close: (name, text) => void events.push(`${text}</${name}>`),
    malformed: () => void events.push('malformed'),
  });
  for (let at = 0; at < xml.length; at += chunkSize) reader.write(xml.slice(at, at + chunkSize));
  events.push(reader.isComplete ? 'complete' : 'incomplete');
  return events;
}

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<!-- <Order> in a comment -->
<Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" note='a > b "c"'>
  <Order >
    <Title>Mug &amp; saucer &lt;blue&gt; &#x1F375;&#233;</Title >
    <Amount currency="USD">14.99</Amount>
    <Empty/><Nothing></Nothing><Closed kind="x" />
    <Raw><![CDATA[<b>R&amp;D</b>]]> and <!-- no -->more</Raw>
  </Order>
</Envelope>
`;
const EVENTS = [
  `<Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" note="a > b "c"">`,
  '<Order>',
  '<Title>',
  'Mug & saucer <blue> 🍵é</Title>',
  '<Amount currency="USD">',
  '14.99</Amount>',
  '<Empty>',
  '</Empty>',
  '<Nothing>',
  '</Nothing>',
  '<Closed kind="x">',
  '</Closed>',
  '<Raw>',
  '<b>R&amp;D</b> and more</Raw>',
  '</Order>',
  '</Envelope>',
  'complete',
];

describe('XmlReader', () => {
  it('reads elements, attributes, text, references, CDATA and comments', () => {
    expect(eventsOf(REPORT)).toEqual(EVENTS);
  });

  it.each([1, 2, 3, 7, 64])('reads the same in chunks of %i characters', (size) => {
    expect(eventsOf(REPORT, size)).toEqual(EVENTS);
  });

  it('keeps a bare & or < in a text, and unknown references', () => {
    expect(eventsOf('<a>R&D, 5 < 6 &nbsp;&bogus</a>', 4)).toEqual(['<a>', 'R&D, 5 < 6 &nbsp;&bogus</a>', 'complete']);
  });

  it('replaces references that PostgreSQL could not store', () => {
    expect(eventsOf('<a>&#0;&#xD800;&#x110000;.</a>')).toEqual(['<a>', '\uFFFD\uFFFD\uFFFD.</a>', 'complete']);
  });

  it.each([
    ['another end tag', '<a><b><c>x</d></c></b></a>', ['<a>', '<b>', '<c>', 'x</c>', '</b>', '</a>', 'complete']],
    [
      'a missing end tag',
      '<a><b><c>x</b><d>y</d></a>',
      ['<a>', '<b>', '<c>', 'malformed', 'x</c>', '</b>', '<d>', 'y</d>', '</a>', 'complete'],
    ],
  ])('continues after %s', (_name, xml, events) => {
    expect(eventsOf(xml)).toEqual(events);
  });

  it.each(['<a><b>x</b>', '<a>x</a', '<a', '<a b="'])('knows that "%s" is incomplete', (xml) => {
    expect(eventsOf(xml).at(-1)).toBe('incomplete');
  });

  it('refuses a document type declaration, so that no entity can be defined', () => {
    const bomb = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>`;
    expect(() => eventsOf(bomb)).toThrow('document type declaration');
    expect(() => eventsOf(bomb, 1)).toThrow('document type declaration');
  });

  it.each([
    ['text', `<a>${'x'.repeat(1_100_000)}`],
    ['text of many parts', `<a>${'x<!---->'.repeat(1_100_000)}`],
    ['tag', `<a ${'x'.repeat(1_100_000)}`],
  ])('refuses an endless %s', (_name, xml) => {
    expect(() => eventsOf(xml, 65_536)).toThrow('(the limit)');
  });

  it('refuses endless nesting', () => {
    expect(() => eventsOf('<a>'.repeat(200))).toThrow('nested more than 100 deep');
  });
});
