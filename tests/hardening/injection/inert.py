"""Reads HTML as Chromium does, into a document that runs nothing, and says what in it could act or came out of a field
as more than text."""

import re
from dataclasses import dataclass

from playwright.async_api import Page

# Where a field's value may stand: text, and attributes that are shown or sent and never followed or run. An address
# may carry it in its query or as the whole of a tel: or mailto:, which is looked at besides.
READ = """([texts, mail]) => texts.map(text => {
  const SHOWN = new Set(['value', 'title', 'aria-label', 'alt', 'content', 'placeholder', 'data-confirm']);
  const FOLLOWED = new Set(['href', 'src', 'action', 'formaction', 'poster', 'background', 'cite', 'ping', 'data',
    'hx-get', 'hx-post', 'xlink:href']);
  const FOREIGN = new Set(['iframe', 'frame', 'object', 'embed', 'base', 'applet', 'math', 'audio', 'video']);
  const FRAMED = /^\\/staff\\/(brand|texts)\\/preview\\?/;  // a page of our own, inside another
  const MARK = /q\\d\\d[a-z_]+\\dz|q\\d\\d[a-z_0-9]+z|pwned|evil\\.example/;
  const parsed = new DOMParser().parseFromString(text, 'text/html');
  const troubles = [], said = [];
  const walker = parsed.createTreeWalker(parsed, NodeFilter.SHOW_ALL);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (node.nodeType === Node.COMMENT_NODE) troubles.push('comment: ' + node.data.slice(0, 80));
    if (node.nodeType === Node.TEXT_NODE) said.push(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    const name = node.localName;
    const framed = name === 'iframe' && FRAMED.test(node.getAttribute('src') || '');
    if (FOREIGN.has(name) && !framed) troubles.push('element: ' + node.outerHTML.slice(0, 120));
    if (name === 'style' && !mail) troubles.push('style element');
    if ((name === 'script' || name === 'style') && MARK.test(node.textContent)) troubles.push(name + ' with a mark');
    const source = node.getAttribute('src') || '';
    if (name === 'script' && (mail || node.textContent.trim() || !/^\\/static\\//.test(source)))
      troubles.push('script: ' + node.outerHTML.slice(0, 120));
    if (name === 'meta' && node.httpEquiv && !/^\\d+;\\s*url=\\//.test(node.content))
      troubles.push('meta ' + node.content);
    for (const {name: attribute, value} of node.attributes) {
      said.push(value);
      if (/^(on|srcdoc|hx-on|data-hx-|hx-vals|hx-vars)/.test(attribute) || (attribute === 'style' && !mail))
        troubles.push('attribute: ' + attribute + '=' + value.slice(0, 80));
      if (FOLLOWED.has(attribute)) {
        const url = new URL(value, 'http://portal.test/');
        const own = mail ? url.host === mail && /^https?:$/.test(url.protocol)
          : url.host === 'portal.test' && url.protocol === 'http:';
        const call = (url.protocol === 'tel:' || url.protocol === 'mailto:') && name === 'a';
        if (!own && !call) troubles.push('address: ' + value.slice(0, 120));
        if (own && MARK.test(url.pathname)) troubles.push('path: ' + value.slice(0, 120));
      } else if (MARK.test(value) && !SHOWN.has(attribute))
        troubles.push('marked: ' + name + ' ' + attribute + '=' + value.slice(0, 80));
    }
  }
  return {troubles, said: said.join('\\n')};
})"""
MARK = re.compile(r"q\d\d[a-z_0-9]+?z")


@dataclass(frozen=True)
class Reading:
    """What a document says to its reader, and what is wrong with it."""

    troubles: list[str]
    said: str

    @property
    def marks(self) -> set[str]:
        return set(MARK.findall(self.said))


async def read(page: Page, documents: list[str], *, mail_host: str = "") -> list[Reading]:
    """Each document, parsed. `mail_host` allows what mails need: styles in elements, whole addresses of that host."""
    return [Reading(**each) for each in await page.evaluate(READ, [documents, mail_host])]
