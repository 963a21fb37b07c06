// Searches the index that src/web_edition/search.py writes.  Loaded when the
// search is opened.  Its files are scripts, because a page opened from a folder
// may load nothing else; they call bookSearchData.
"use strict";

(() => {
  const HERE = document.currentScript.src;
  const PAGES = 5; // shown at once, and the number of texts a query loads
  const SECTIONS = 3; // shown of each page
  const GRAMS = 8; // asked for a run of characters; the text confirms the rest
  const PIECES = 24; // asked for a long query
  const PARTIAL = 0.6; // of a long query, by rarity, that a near match must have

  // --- The same text for what is written and what is typed -------------------
  // The twin of src/web_edition/folding.py.

  const CLUSTER = /[\s\S][\u0300-\u036f\u3099\u309a\uff9e\uff9f]*/gu;
  const foldCluster = (cluster) => cluster.normalize("NFKC").toLowerCase()
    .replace(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
    .replace(/[‐‑‒–—―−]/g, "-");
  const fold = (text) => (text.match(CLUSTER) || []).map(foldCluster).join("").replace(/\s+/g, " ");

  // The folded text, and for each of its characters the place in the original.
  const foldWithPlaces = (text) => {
    let folded = "";
    const places = [];
    for (const match of text.matchAll(CLUSTER)) {
      const part = foldCluster(match[0]).replace(/\s+/g, " ");
      if (part === " " && folded.endsWith(" ")) continue;
      for (let each = 0; each < part.length; each += 1) places.push([match.index, match.index + match[0].length]);
      folded += part;
    }
    return [folded, places];
  };

  const WORD = /[0-9a-z_\u00df-\u00f6\u00f8-\u024f]+/g;
  const OTHER = /[^\s\u0000-\u00bf\u00d7\u00df-\u024f\u2000-\u206f\u2190-\u2bff\u3000-\u3004\u3008-\u3020\u30fb\ud800-\udfff\ufe00-\ufe0f\uff00-\uff20]+/g;
  const isWord = (gram) => /^[0-9a-z_\u00df-\u00f6\u00f8-\u024f]/.test(gram);

  // --- The files of the index ------------------------------------------------

  const waiting = new Map();
  const files = new Map();
  let version = "";

  window.bookSearchData = (name, data) => waiting.get(name)?.(data);

  const load = (name) => {
    if (!files.has(name)) {
      files.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = new URL(`search/${name}.js${version && `?v=${version}`}`, HERE).href;
        waiting.set(name, resolve);
        script.addEventListener("error", () => {
          files.delete(name);
          reject(new Error(name));
        });
        script.addEventListener("load", () => script.remove());
        document.head.append(script);
      }));
    }
    return files.get(name);
  };

  const VLQ = new Map([..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"].map((c, i) => [c, i]));
  const unpacked = (text) => {
    const numbers = [];
    let last = -1;
    let difference = 0;
    for (const character of text) {
      const digit = VLQ.get(character);
      difference = (difference << 5) + (digit & 31);
      if (digit & 32) continue;
      last += difference;
      difference = 0;
      numbers.push(last);
    }
    return numbers;
  };

  // --- What stands in headings, the glossary and the index -------------------

  let head = null;
  const getHead = async () => {
    if (head) return head;
    const data = await load("head");
    version = data.version;
    const sections = [];
    data.pages.forEach(([name, own], page) => {
      own.forEach(([anchor, title, aliases], order) => {
        const plain = title.replace(/^(?:[0-9]+\.)+\s*/, "");
        sections.push({
          page, order, anchor, title, term: Boolean(aliases),
          folded: fold(title), plain: fold(plain), aliases: (aliases || []).map(fold),
        });
      });
    });
    let count = 0;
    const pages = data.pages.map(([name, own]) => {
      const first = count;
      count += own.length;
      return { name, title: own[0][1], first, count: own.length };
    });
    const entries = data.entries.map(([name, targets]) => [fold(name), targets]);
    head = { pages, sections, entries, shares: data.shares };
    return head;
  };

  // How well a heading or a term answers a query by itself.
  const headScore = (section, query, pieces) => {
    const { folded, plain, term, aliases } = section;
    const names = term ? [folded, ...aliases] : [plain];
    if (names[0] === query) return term ? 120 : 100;
    if (names.includes(query)) return 110;
    if (names[0].startsWith(query)) return term ? 55 : 60;
    if (folded.includes(query) || names[0].includes(query)) return term ? 38 : 40;
    if (names.some((name) => name.includes(query))) return 25;
    if (pieces.length > 1 && pieces.every((piece) => names.some((name) => name.includes(piece)))) return 15;
    return 0;
  };

  // --- What stands in the text -----------------------------------------------

  // A piece is what a reader separated by spaces; a piece's atoms are its words
  // and runs of other characters.
  const piecesOf = (query) => query.split(" ").filter(Boolean);
  const atomsOf = (piece) => [...(piece.match(WORD) || []), ...(piece.match(OTHER) || [])];

  const shareOf = (gram, shares) => (isWord(gram)
    ? gram.charCodeAt(0) * 31 + (gram.length > 1 ? gram.charCodeAt(1) : 0)
    : gram.charCodeAt(0)) % shares;

  const gramsOf = (atom) => {
    if (isWord(atom) || atom.length <= 2) return [atom];
    const all = [];
    for (let place = 0; place + 2 <= atom.length; place += 1) all.push(atom.slice(place, place + 2));
    if (all.length <= GRAMS) return all;
    return Array.from({ length: GRAMS }, (_, each) => all[Math.round(each * (all.length - 1) / (GRAMS - 1))]);
  };

  const sectionsOf = async (gram, shares) => {
    const postings = await load(`g${shareOf(gram, shares)}`);
    // A word may be the beginning of a longer one, a single character of a pair.
    const open = isWord(gram) ? gram.length > 2 : gram.length === 1;
    if (!open) return new Set(postings[gram] ? unpacked(postings[gram]) : []);
    const found = new Set();
    for (const [other, packed] of Object.entries(postings)) {
      if (other.startsWith(gram)) for (const section of unpacked(packed)) found.add(section);
    }
    return found;
  };

  const meet = (sets) => {
    const [least, ...rest] = [...sets].sort((one, other) => one.size - other.size);
    return new Set([...least].filter((each) => rest.every((set) => set.has(each))));
  };

  // The sections that have all of the query, or the nearest ones to a long one.
  const textMatches = async (pieces, total, shares) => {
    let asked = pieces.map((piece) => [piece, atomsOf(piece)]).filter(([, atoms]) => atoms.length);
    if (!asked.length) return { scores: new Map(), partial: false };
    if (asked.length > PIECES) {
      asked = asked.sort((one, other) => other[0].length - one[0].length).slice(0, PIECES);
    }
    const found = await Promise.all(asked.map(async ([, atoms]) => {
      const grams = [...new Set(atoms.flatMap(gramsOf))].slice(0, PIECES);
      return meet(await Promise.all(grams.map((gram) => sectionsOf(gram, shares))));
    }));
    const rarity = found.map((set) => Math.log(1 + total / (1 + set.size)));
    const whole = meet(found);
    if (whole.size || pieces.length < 5) {
      return { scores: new Map([...whole].map((section) => [section, 1])), partial: false };
    }
    const sum = rarity.reduce((one, other) => one + other, 0);
    const scores = new Map();
    found.forEach((set, each) => {
      for (const section of set) scores.set(section, (scores.get(section) || 0) + rarity[each] / sum);
    });
    for (const [section, score] of scores) if (score < PARTIAL) scores.delete(section);
    return { scores, partial: true };
  };

  // --- From sections to pages ------------------------------------------------

  const confirmed = (text, pieces) => pieces.every((piece) => text.includes(piece));

  const search = async (typed) => {
    const { pages, sections, entries, shares } = await getHead();
    const query = fold(typed).trim();
    const pieces = piecesOf(query);
    if (!query) return { pages: [], pieces, partial: false };
    const found = new Map(); // page → section → score
    const note = (section, score) => {
      const { page } = sections[section];
      if (!found.has(page)) found.set(page, new Map());
      const own = found.get(page);
      own.set(section, Math.max(own.get(section) || 0, score));
    };
    sections.forEach((section, each) => {
      const score = headScore(section, query, pieces);
      if (score) note(each, score);
    });
    const anchors = new Map(); // section → anchor of an index entry
    for (const [name, targets] of entries) {
      const score = name === query ? 90 : name.startsWith(query) ? 34 : name.includes(query) ? 30 : 0;
      if (!score) continue;
      for (const [page, order] of targets) {
        // An entry without a section of its own: the page's text shows where.
        if (order >= 0) note(pages[page].first + order, score);
        else if (!found.has(page)) found.set(page, new Map([[pages[page].first, score]]));
        else anchors.set(page, Math.max(anchors.get(page) || 0, score));
      }
    }
    const { scores, partial } = await textMatches(pieces, sections.length, shares);
    const byText = new Map();
    for (const [section, score] of scores) {
      const { page } = sections[section];
      byText.set(page, [...(byText.get(page) || []), [section, score]]);
    }
    const ranked = pages.map((_, page) => {
      const own = found.get(page);
      const text = byText.get(page) || [];
      const best = Math.max(0, anchors.get(page) || 0, ...(own ? own.values() : []));
      const nearest = Math.max(0, ...text.map(([, score]) => score));
      const number = Math.log2(1 + text.length);
      return { page, best, score: best + 3 * nearest + Math.min(number, 5), text };
    }).filter(({ score }) => score > 0).sort((one, other) => other.score - one.score || one.page - other.page);
    // A path or a command of words that all stand in one section, but not as it
    // was typed, is near; two characters at a time, Japanese would be near to all.
    const nearable = pieces.every((piece) => !piece.match(OTHER))
      && pieces.some((piece) => (piece.match(WORD) || []).length > 1);
    return { pages: ranked, found, pieces, query, partial, nearable };
  };

  // The sections of a page, the best first, with their texts; only those that
  // really have what was typed.
  const sectionsOfPage = async (result, { found, pieces, query, partial }) => {
    const { pages, sections } = await getHead();
    const texts = await load(`t${result.page}`);
    const own = new Map(found.get(result.page) || []);
    for (const [section, score] of result.text) {
      const { order, folded, aliases } = sections[section];
      const text = fold([sections[section].title, ...aliases, texts[order]].join("\n"));
      if (!partial && !confirmed(text, pieces)) continue;
      const exact = text.includes(query) ? 12 : 0;
      const often = Math.min(text.split(pieces[0] || query).length - 1, 8);
      own.set(section, (own.get(section) || 0) + exact + often + 10 * score + (folded.includes(query) ? 5 : 0));
    }
    return [...own].map(([section, score]) => ({
      ...sections[section], score, page: pages[sections[section].page],
      text: texts[sections[section].order],
    })).sort((one, other) => other.score - one.score || one.order - other.order);
  };

  // --- On the page -----------------------------------------------------------

  const element = (tag, kind, text) => {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    if (text) made.textContent = text;
    return made;
  };

  const marked = (target, text, needles) => {
    const [folded, places] = foldWithPlaces(text);
    const spans = [];
    for (const needle of needles) {
      for (let at = folded.indexOf(needle); at >= 0; at = folded.indexOf(needle, at + needle.length)) {
        spans.push([places[at][0], places[at + needle.length - 1][1]]);
      }
    }
    spans.sort((one, other) => one[0] - other[0] || other[1] - one[1]);
    let last = 0;
    for (const [from, to] of spans) {
      if (from < last) continue;
      target.append(text.slice(last, from), element("mark", "", text.slice(from, to)));
      last = to;
    }
    target.append(text.slice(last));
  };

  const snippet = (text, needles) => {
    const flat = text.replace(/\s+/g, " ");
    const [folded, places] = foldWithPlaces(flat);
    let at = -1;
    for (const needle of needles) {
      at = folded.indexOf(needle);
      if (at >= 0) break;
    }
    const middle = at >= 0 ? places[at][0] : 0;
    // From the beginning of the sentence, where that is near.
    let from = Math.max(0, middle - 40);
    const stop = flat.slice(from, middle).search(/[。．.!?！？]\s?(?=[^。．.!?！？]*$)/);
    if (from > 0 && stop >= 0) from += stop + 1;
    const to = Math.min(flat.length, from + 140);
    return `${from > 0 ? "…" : ""}${flat.slice(from, to).trim()}${to < flat.length ? "…" : ""}`;
  };

  window.bookSearch = (box) => {
    const form = box.querySelector("form");
    const field = form.querySelector("input");
    const list = box.querySelector(".web-results");
    const status = box.querySelector(".web-search-status");
    const help = box.querySelector(".web-search-help");
    const notFound = box.querySelector(".web-not-found");
    const words = form.dataset;
    const root = new URL(words.root || "./", location.href);
    let turn = 0;

    const show = (result, sections, needles) => {
      const item = element("li", "web-result");
      const page = sections[0].page;
      item.append(element("p", "web-result-page", page.title));
      for (const section of sections.slice(0, SECTIONS)) {
        const link = element("a");
        const address = new URL(`${page.name}.html`, root);
        address.hash = section.anchor;
        link.href = address.href;
        const title = element("span", "web-result-title");
        marked(title, section.title, needles);
        if (section.term) title.append(element("span", "web-result-kind", words.term));
        const text = element("span", "web-result-snippet");
        marked(text, snippet(section.text, needles), needles);
        link.append(title, text);
        item.append(link);
      }
      list.append(item);
    };

    const more = (rest, answer, needles, mine) => {
      if (!rest.length) return;
      const item = element("li");
      const button = element("button", "web-search-more", words.more);
      button.type = "button";
      button.addEventListener("click", async () => {
        const last = list.querySelectorAll("a").length;
        item.remove();
        await showSome(rest, answer, needles, mine);
        list.querySelectorAll("a")[last]?.focus();
      });
      item.append(button);
      list.append(item);
    };

    const showSome = async (results, answer, needles, mine) => {
      let shown = 0;
      let next = 0;
      while (next < results.length && shown < PAGES) {
        const some = results.slice(next, next + PAGES - shown);
        next += some.length;
        const sections = await Promise.all(some.map((result) => sectionsOfPage(result, answer)));
        if (mine !== turn) return shown;
        some.forEach((result, each) => {
          if (!sections[each].length) return;
          show(result, sections[each], needles);
          shown += 1;
        });
      }
      more(results.slice(next), answer, needles, mine);
      return shown;
    };

    const run = async () => {
      turn += 1;
      const mine = turn;
      const typed = field.value.trim();
      const late = setTimeout(() => { if (mine === turn) status.textContent = words.loading; }, 150);
      try {
        const answer = await search(typed);
        if (mine !== turn) return;
        const needles = [...new Set([answer.query, ...answer.pieces].filter(Boolean))]
          .sort((one, other) => other.length - one.length);
        list.replaceChildren();
        box.querySelector(".web-search-none")?.remove();
        help.hidden = Boolean(typed);
        let shown = typed ? await showSome(answer.pages, answer, needles, mine) : 0;
        if (mine !== turn) return;
        if (typed && !shown && answer.nearable) {
          answer.partial = true;
          const words = answer.pieces.flatMap(atomsOf).sort((one, other) => other.length - one.length);
          shown = await showSome(answer.pages, answer, words, mine);
          if (mine !== turn) return;
        }
        if (!typed) status.textContent = "";
        else if (shown) {
          const said = answer.partial ? words.partial : words.count;
          const left = list.querySelector(".web-search-more") ? answer.pages.length : shown;
          status.textContent = said.replace("{count}", left);
        } else {
          status.textContent = words.none.replace("{query}", typed);
          list.after(notFound.content.cloneNode(true));
        }
        box.dataset.answered = typed;
      } catch {
        if (mine === turn) status.textContent = words.failed;
      } finally {
        clearTimeout(late);
      }
    };

    let typing = 0;
    field.addEventListener("input", (event) => {
      clearTimeout(typing);
      if (!event.isComposing) typing = setTimeout(run, 60);
    });
    field.addEventListener("compositionend", () => { typing = setTimeout(run, 60); });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      clearTimeout(typing);
      await run();
      list.querySelector("a")?.click();
    });

    // Arrow keys go through the results, Escape goes back to the field first.
    box.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const links = [...list.querySelectorAll("a, button")];
      const at = links.indexOf(document.activeElement);
      if (event.key === "ArrowDown" && links.length) {
        event.preventDefault();
        links[Math.min(at + 1, links.length - 1)].focus();
      } else if (event.key === "ArrowUp" && at >= 0) {
        event.preventDefault();
        (at === 0 ? field : links[at - 1]).focus();
      } else if (event.key === "Escape" && box instanceof HTMLDialogElement) {
        event.preventDefault();
        box.close();
      }
    });
    list.addEventListener("click", (event) => {
      // A result on this very page: the dialog would cover it.
      if (event.target.closest("a") && box instanceof HTMLDialogElement) box.close();
    });

    const asked = new URLSearchParams(location.search).get("q");
    if (asked && !(box instanceof HTMLDialogElement)) {
      field.value = asked;
    }
    if (field.value.trim()) run();
    else getHead().catch(() => { status.textContent = words.failed; });
    box.dataset.ready = "";
  };
  window.bookSearch.fold = fold;
  // What the first pages are after their texts have confirmed them; for tests.
  window.bookSearch.results = async (typed, wanted) => {
    const answer = await search(typed);
    const results = [];
    for (const nearly of answer.nearable ? [false, true] : [false]) {
      answer.partial ||= nearly;
      for (const result of results.length ? [] : answer.pages) {
        if (results.length === wanted) break;
        const sections = await sectionsOfPage(result, answer);
        if (sections.length) results.push({ page: sections[0].page.name, sections, partial: answer.partial });
      }
    }
    return results;
  };
})();
