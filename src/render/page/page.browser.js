'use strict';
const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

function keyOf(row, column) {
  const cell = row.children[column];
  if (!cell) return '';
  if (cell.dataset.v !== undefined) return cell.dataset.v === '' ? null : Number(cell.dataset.v);
  return cell.textContent.trim();
}

function compare(a, b) {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

function sortBy(table, head, column) {
  const isUp = head.getAttribute('aria-sort') !== 'ascending';
  for (const other of all('thead th', table)) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', isUp ? 'ascending' : 'descending');
  const body = table.tBodies[0];
  const rows = Array.from(body.rows).map((row, index) => ({ row, index, key: keyOf(row, column) }));
  // What has no value stays at the end, whichever way the rest is sorted.
  rows.sort((a, b) => (a.key === null || b.key === null ? compare(a.key, b.key) : (isUp ? 1 : -1) * compare(a.key, b.key)) || a.index - b.index);
  body.append(...rows.map((entry) => entry.row));
}

function makeSortable(table) {
  Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
    if (head.hasAttribute('data-unsorted')) return;
    const button = document.createElement('button');
    button.type = 'button';
    // A link in a button would be two things at once: the button explains the term, too.
    const explained = head.querySelector('.term');
    if (explained) {
      button.className = 'term';
      button.setAttribute('aria-describedby', explained.getAttribute('aria-describedby'));
      explained.replaceWith(...explained.childNodes);
    }
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => sortBy(table, head, column));
  });
}

function makeFilter(form) {
  const target = document.getElementById(form.dataset.for);
  if (!target) return;
  const entries = target.tBodies ? Array.from(target.tBodies[0].rows) : Array.from(target.children);
  const texts = new Map(entries.map((entry) => [entry, entry.textContent.toLowerCase()]));
  const value = (name) => (form.elements[name] ? form.elements[name].value : '');
  const isOn = (name) => Boolean(form.elements[name]?.checked);
  const apply = () => {
    const words = value('search').toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const entry of entries) {
      const fits =
        words.every((word) => texts.get(entry).includes(word)) &&
        (value('verdict') === '' || entry.dataset.verdict === value('verdict')) &&
        (value('variant') === '' || entry.dataset.variant === value('variant')) &&
        (!isOn('gate') || entry.dataset.gate !== undefined) &&
        (!isOn('bad') || entry.dataset.bad !== undefined);
      entry.hidden = !fits;
      if (fits) shown += 1;
    }
    form.querySelector('output').textContent = `${shown} of ${entries.length}`;
  };
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.hidden = false;
  apply();
}

function makeTips() {
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  tip.setAttribute('aria-hidden', 'true');
  document.body.append(tip);
  const textOf = (owner) =>
    owner.dataset.tip ||
    document.getElementById(owner.getAttribute('aria-describedby'))?.textContent ||
    owner.getAttribute('aria-label');
  let shown;
  const show = (event) => {
    const owner = event.target.closest?.('[data-tip],.term,svg a[aria-label]');
    if (!owner) {
      tip.hidden = true;
      return;
    }
    shown = owner;
    tip.textContent = textOf(owner);
    tip.hidden = false;
    place(owner);
  };
  const place = (owner) => {
    const box = owner.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left + box.width / 2 - tip.offsetWidth / 2, document.documentElement.clientWidth - tip.offsetWidth - 8));
    const above = box.top - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 4 ? above : box.bottom + 8}px`;
  };
  document.addEventListener('pointerover', show);
  document.addEventListener('focusin', show);
  // Moving the focus may scroll the page: the sentence stays with its word.
  const scrolled = () => {
    if (!tip.hidden && shown.matches(':hover,:focus')) place(shown);
    else tip.hidden = true;
  };
  document.addEventListener('scroll', scrolled, { passive: true, capture: true });
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape') tip.hidden = true; });
  // A finger points at nothing before it taps: the tap shows the sentence and does not leave for the list of terms.
  let isTouch = false;
  document.addEventListener('pointerdown', (event) => { isTouch = event.pointerType === 'touch'; });
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a.term');
    if (!link || !isTouch || event.detail === 0) return;
    event.preventDefault();
    show(event);
  });
}

function linkBoots() {
  const places = new Map();
  const put = (key, element) => {
    if (!places.has(key)) places.set(key, []);
    places.get(key).push(element);
  };
  for (const link of all('a[href^="#boot-"]')) put(link.getAttribute('href'), link);
  for (const entry of all('.boot-entry')) put(`#${entry.id}`, entry);
  let marked = [];
  const mark = (event) => {
    for (const element of marked) element.classList.remove('marked');
    const owner = event.target.closest?.('a[href^="#boot-"], .boot-entry');
    marked = owner ? places.get(owner.getAttribute('href') || `#${owner.id}`) || [] : [];
    for (const element of marked) element.classList.add('marked');
  };
  document.addEventListener('pointerover', mark);
  document.addEventListener('focusin', mark);
}

function reveal() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && document.getElementById(id);
  if (!target) return;
  for (let element = target; element; element = element.parentElement) {
    if (element.tagName === 'DETAILS') element.open = true;
    if (element.hidden && !element.classList.contains('controls')) element.hidden = false;
  }
  target.scrollIntoView();
}

for (const table of all('table[data-sortable]')) makeSortable(table);
for (const form of all('form.controls')) makeFilter(form);
makeTips();
linkBoots();
addEventListener('hashchange', reveal);
// A second click on the same link changes no hash.
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  if (link && link.getAttribute('href') === location.hash) reveal();
});
reveal();
