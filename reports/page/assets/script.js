// Tables sort by any column; the index filters its boards. Pages read the same without it.
'use strict';

(() => {
  // A number, a text, or null for nothing, which stays last either way.
  const keyOf = (cell) => {
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    const text = cell.textContent.trim();
    return text === '' || text === '-' ? null : text;
  };

  const compare = (a, b) => {
    if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
    return typeof a === 'number' ? a - b : a.localeCompare(b, 'en', { numeric: true });
  };

  const sortBy = (table, column, sign) => {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => ({ row, key: keyOf(row.cells[column]) }));
    rows.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
      return sign * compare(a.key, b.key);
    });
    body.append(...rows.map(({ row }) => row));
  };

  const makeSortable = (table) => {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const ascending = head.getAttribute('aria-sort') !== 'ascending';
        for (const other of heads) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
        sortBy(table, column, ascending ? 1 : -1);
      });
    });
  };

  const makeFilter = (form) => {
    const boards = Array.from(document.querySelectorAll('.board'), (board) => ({
      board,
      task: board.dataset.task,
      rows: Array.from(board.querySelectorAll('tbody tr'), (row) => ({
        row,
        rule: row.dataset.rule || '',
        traits: (row.dataset.traits || '').split(' '),
        text: (row.textContent + ' ' + board.querySelector('h3').textContent).toLowerCase(),
      })),
    }));
    const field = (name) => form.elements.namedItem(name).value;
    const apply = () => {
      const words = field('text').toLowerCase().split(/\s+/).filter(Boolean);
      const [rule, task, trait] = [field('rule'), field('task'), field('trait')];
      let shownRows = 0;
      let shownBoards = 0;
      for (const { board, task: own, rows } of boards) {
        let any = false;
        for (const { row, rule: name, traits, text } of rows) {
          const shown = (!task || own === task) && (!rule || name === rule) &&
            (!trait || traits.includes(trait)) && words.every((word) => text.includes(word));
          row.hidden = !shown;
          any = any || shown;
          shownRows += shown;
        }
        board.hidden = !any;
        shownBoards += any;
      }
      form.querySelector('[role=status]').textContent =
        `${shownRows} ${shownRows === 1 ? 'row' : 'rows'} on ${shownBoards} ${shownBoards === 1 ? 'board' : 'boards'}`;
    };
    form.addEventListener('input', apply);
    form.addEventListener('reset', () => setTimeout(apply));
    form.addEventListener('submit', (event) => event.preventDefault());
    form.hidden = false;
    apply();
  };

  for (const table of document.querySelectorAll('.box table')) makeSortable(table);
  for (const form of document.querySelectorAll('form.filter')) makeFilter(form);
})();
