import { describe, expect, it } from 'vitest';
import { storableJson, storableText } from '../../src/core/storable-text.js';

describe('a storable text', () => {
  it.each([
    ['a\0b', 'a\ufffdb'],
    ['x\ud83d', 'x\ufffd'],
    ['\udc00\0', '\ufffd\ufffd'],
    ['🛒 whole', '🛒 whole'],
    ['', ''],
  ])('#46 %j has no NUL and no half of a surrogate pair', (text, storable) => {
    expect(storableText(text)).toBe(storable);
  });
});

describe('a storable JSON text', () => {
  const parsed = (json: string) => JSON.parse(storableJson(json));

  it('has storable texts and keys', () => {
    const odd = { 'k\0': 'a\0b', half: 'x\ud83d', pair: '🛒', '\udc00': 1, order: '\udc00\ud83d' };
    const json = JSON.stringify(odd).replace('🛒', '\\ud83d\\uDED2');
    expect(parsed(json)).toEqual({
      'k\ufffd': 'a\ufffdb',
      half: 'x\ufffd',
      pair: '🛒',
      '\ufffd': 1,
      order: '\ufffd\ufffd',
    });
  });

  it('keeps texts that only look like escapes', () => {
    const text = { path: 'C:\\u0000', quotes: '\\"\\\\u0000"', nul: '\0' };
    expect(parsed(JSON.stringify(text))).toEqual({ ...text, nul: '\ufffd' });
  });

  it('is the same text where nothing has to change', () => {
    const json = JSON.stringify({ title: 'caf\u00e9 \n', list: [1, null] });
    expect(storableJson(json)).toBe(json);
  });

  it('stays invalid where it was invalid', () => {
    expect(() => parsed('{"a": "\\u0000')).toThrow(SyntaxError);
  });
});
