(() => {
  'use strict';
  const report = JSON.parse(document.getElementById('report').textContent);
  const $ = id => document.getElementById(id);
  const PHASES = ['PREPARE', 'BACKFILL', 'PERSIST', 'AWAIT_SLOT', 'TAKEOVER', 'BACK_OFF', 'COMMIT', 'CLEAN_UP', 'UNDO'];
  const PALETTE = ['#1f77c4', '#e08a00', '#12907a', '#c2427d', '#7a52c7', '#8a9a1c', '#cf4a26', '#2aa3c9', '#8d6e4f', '#5b6b8c', '#b58900', '#3d9b46'];
  const LABEL_WIDTH = 152;

  // ---- words

  const escape = text => String(text).replace(/[&<>"']/g, c => '&#' + c.charCodeAt(0) + ';');
  const number = value => value.toLocaleString('en');
  const word = name => name.toLowerCase().replace(/_/g, ' ');
  const phaseClass = phase => PHASES.includes(phase) ? phase : 'other';
  const time = millis => millis < 1 ? millis.toFixed(2) + ' ms' : millis < 100 ? millis.toFixed(1) + ' ms' : millis < 1000 ? Math.round(millis) + ' ms'
    : millis < 60000 ? (millis / 1000).toFixed(millis < 10000 ? 2 : 1) + ' s' : millis < 3600000 ? Math.floor(millis / 60000) + ' min ' + Math.round(millis % 60000 / 1000) + ' s'
      : Math.floor(millis / 3600000) + ' h ' + Math.round(millis % 3600000 / 60000) + ' min';
  const size = bytes => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let unit = 0;
    while (bytes >= 1024 && unit < units.length - 1) { bytes /= 1024; unit++; }
    return (unit === 0 ? bytes : bytes.toFixed(bytes < 10 ? 2 : 1)) + ' ' + units[unit];
  };
  const chain = nodes => nodes.map(node => node === null ? '–' : node).join(' ');
  /** Milliseconds since 1970, with the fraction that Date leaves out. */
  const instant = iso => {
    const parts = /^(.*?)(?:\.(\d+))?Z$/.exec(iso);
    return Date.parse(parts[1] + 'Z') + (parts[2] ? Number('0.' + parts[2]) * 1000 : 0);
  };
  const moment = iso => iso.replace('T', ' ').replace(/(\.\d{1,3})\d*Z$/, '$1').replace('Z', '');
  const plural = (count, one, many) => number(count) + ' ' + (count === 1 ? one : many);

  // ---- what is shown

  const stage = report.stageInfo.data;
  const buckets = Object.keys(stage.details);
  const start = report.startTime ? instant(report.startTime) : 0;
  const moves = [];
  /** Nodes of the one chain that are not in the other. */
  const besides = (these, those) => these.filter(node => node !== null && !those.includes(node));
  /** Who gets a copy, and for a move whose active stays, what changes beside it. */
  const placed = info => {
    const [before, after] = [info.beforeChain, info.afterChain];
    const built = besides(after, before);
    const from = before[0] === null ? '–' : before[0];
    if (from !== after[0]) {
      return {from, into: [...new Set([after[0], ...built])], label: from + ' → ' + after[0]};
    }
    const changes = built.map(node => '+' + node).concat(besides(before, after).map(node => '−' + node));
    return {from, into: built, label: from + ': ' + (changes.length ? changes.join(' ') : 'same copies')};
  };
  const runs = Math.max(1, ...buckets.flatMap(b => stage.details[b].vbucketLevelInfo.vbucketInfo.map(info => info.run || 1)));
  let last = report.completedTime ? instant(report.completedTime) : start;
  for (const bucket of buckets) {
    for (const info of stage.details[bucket].vbucketLevelInfo.vbucketInfo) {
      const times = info.phases.map(p => [p.startTime, p.completedTime]).concat([[info.move.startTime, info.move.completedTime]]).flat().filter(Boolean).map(instant);
      times.forEach(at => { last = Math.max(last, at); });
      moves.push({
        info, bucket, ...placed(info),
        begin: info.move.startTime ? instant(info.move.startTime) - start : null,
        end: info.move.completedTime ? instant(info.move.completedTime) - start : null,
        retries: info.failures.filter(f => f.again).length
      });
    }
  }
  const length = Math.max(1, last - start);
  moves.forEach(move => { move.length = move.begin === null ? 0 : (move.end === null ? length : move.end) - move.begin; });
  const running = moves.some(move => move.begin !== null && move.end === null) || !report.completedTime;

  // ---- head

  const summary = report.summary;
  const bad = summary.needOperator.length > 0;
  const incomplete = summary.moved < summary.moves;
  $('verdict').textContent = bad ? 'needs an operator' : running ? 'not ended' : incomplete ? (summary.stopped ? 'stopped' : 'incomplete') : 'complete';
  $('verdict').className = 'badge ' + (bad ? 'bad' : incomplete || running ? 'warn' : 'good');
  $('about').textContent = [
    report.completionMessage || 'How things stood when the last event was written.',
    word(report.rebalanceType) + (report.nodesAdded.length ? ', joins: ' + report.nodesAdded.join(', ') : '') + (report.nodesRemoved.length ? ', leaves: ' + report.nodesRemoved.join(', ') : ''),
    'bucket ' + buckets.join(', '), report.startTime ? moment(report.startTime) + (report.completedTime ? ' to ' + moment(report.completedTime) : '') + ' UTC' : '',
    report.rebalanceId ? 'run ' + report.rebalanceId : ''
  ].filter(Boolean).join(' · ');

  const reasons = Object.entries(summary.retryReasons).sort((a, b) => b[1] - a[1]);
  const retries = reasons.reduce((sum, entry) => sum + entry[1], 0);
  const pauses = summary.pauseMillis;
  const totals = [
    ['Moves', number(summary.moved) + ' of ' + number(summary.moves), summary.moved < summary.moves ? number(summary.moves - summary.moved) + ' not moved' : 'all moved'],
    ['Time', time(length), summary.moves ? (summary.moved / length * 1000).toFixed(1) + ' moves/s' : ''],
    ['Sent', size(summary.bytes), size(Math.round(summary.bytes / length * 1000)) + '/s'],
    ['Retries', number(retries), plural(moves.filter(move => move.retries > 0).length, 'move', 'moves') + ' retried' + (reasons.length ? ': ' + reasons.map(([reason, count]) => word(reason) + ' ' + number(count)).join(', ') : '')],
    ['Client pause, median', time(pauses.p50), 'p99 ' + time(pauses.p99) + ', longest ' + time(pauses.max)],
    ['Will not converge', number(summary.willNotConverge), 'moves given up since clients write faster than the copy is filled']
  ];
  $('totals').innerHTML = totals.map(([name, figure, more]) =>
    '<div><dt>' + escape(name) + '</dt><dd><span class="figure">' + escape(figure) + '</span><br><span class="more">' + escape(more) + '</span></dd></div>').join('');
  const problems = summary.needOperator.map(text => ['', 'needs an operator: ' + text])
    .concat(summary.unmoved.map(text => ['', 'not moved: ' + text]), summary.residue.map(text => ['warn', 'left over: ' + text]),
      buckets.flatMap(b => stage.details[b].warnings.map(w => ['warn', w.what])));
  if (problems.length) {
    $('problems').hidden = false;
    const shownProblems = problems.slice(0, 20);
    $('problem-list').innerHTML = shownProblems.map(([kind, text]) => '<li class="' + kind + '">' + escape(text) + '</li>').join('')
      + (problems.length > 20 ? '<li class="warn">and ' + number(problems.length - 20) + ' more: see the filter “Outcome” and the JSON</li>' : '');
  }

  const steps = buckets.flatMap(b => stage.details[b].interventions.map(step => ({bucket: b, at: instant(step.time) - start, what: step.what}))).sort((a, b) => a.at - b.at);
  $('steps').hidden = steps.length === 0;
  $('steps').innerHTML = steps.map(step => '<li>+' + time(step.at) + ' ' + escape(step.what) + '</li>').join('');

  // ---- filters

  const options = (id, values, all, say = v => v) => {
    $(id).innerHTML = '<option value="">' + all + '</option>' + values.map(v => '<option value="' + escape(v) + '">' + escape(say(v)) + '</option>').join('');
  };
  const names = values => [...new Set(values)].sort((a, b) => a.localeCompare(b, 'en', {numeric: true}));
  options('f-bucket', buckets, 'all');
  $('bucket-label').hidden = buckets.length < 2;
  options('f-from', names(moves.map(m => m.from)), 'any node');
  options('f-to', names(moves.flatMap(m => m.into)), 'any node');
  options('f-outcome', names(moves.map(m => m.info.outcome)), 'any', word);
  options('f-reason', names(moves.flatMap(m => m.info.failures.map(f => f.reason).concat(m.info.reason ? [m.info.reason] : []))), 'any', word);
  $('legend').innerHTML = PHASES.filter(phase => moves.some(m => m.info.phases.some(p => p.phase === phase)))
    .map(phase => '<li><span class="swatch" style="background:var(--' + phase + ')"></span>' + word(phase) + '</li>').join('')
    + '<li><svg width="12" height="12" aria-hidden="true"><path class="retry" d="M1 1h10l-5 9z"/></svg>failed attempt</li>'
    + '<li><svg width="14" height="12" aria-hidden="true"><rect class="pause" x="0" y="5" width="14" height="2.5"/></svg>clients wait</li>';

  const idsOf = text => {
    const ranges = text.split(/[\s,;]+/).filter(Boolean).map(part => /^(\d+)(?:-(\d+))?$/.exec(part));
    return ranges.every(Boolean) ? id => ranges.length === 0 || ranges.some(r => id >= Number(r[1]) && id <= Number(r[2] || r[1])) : null;
  };
  const ORDERS = {
    start: (a, b) => (a.begin === null ? Infinity : a.begin) - (b.begin === null ? Infinity : b.begin) || a.info.id - b.info.id, id: (a, b) => a.info.id - b.info.id,
    time: (a, b) => b.length - a.length, pause: (a, b) => b.info.pauseMillis - a.info.pauseMillis,
    attempts: (a, b) => b.info.attempts.length - a.info.attempts.length || b.retries - a.retries, bytes: (a, b) => b.info.size - a.info.size
  };
  let shown = [];
  let zoom = 1;
  let chosen = null;

  const choose = () => {
    const has = idsOf($('f-ids').value.trim());
    $('f-ids').setAttribute('aria-invalid', String(has === null));
    const is = (id, value) => !$(id).value || $(id).value === value;
    shown = moves.filter(m => (has === null || has(m.info.id)) && is('f-bucket', m.bucket) && is('f-from', m.from) && (!$('f-to').value || m.into.includes($('f-to').value)) && is('f-outcome', m.info.outcome)
      && (!$('f-reason').value || m.info.reason === $('f-reason').value || m.info.failures.some(f => f.reason === $('f-reason').value))
      && (!$('f-retried').checked || m.retries > 0));
    shown.sort(ORDERS[$('f-order').value] || ORDERS.start);
    $('shown').textContent = has === null ? 'vBuckets: expected numbers and ranges such as 7, 100-120' : 'shows ' + number(shown.length) + ' of ' + plural(moves.length, 'move', 'moves');
    draw();
  };

  // ---- timeline

  const nice = span => {
    const power = Math.pow(10, Math.floor(Math.log10(span)));
    return [1, 2, 5, 10].map(f => f * power).find(step => step >= span);
  };
  const title = move => {
    const info = move.info;
    return 'vb:' + info.id + (runs > 1 ? ' in run ' + (info.run || 1) : '') + '  ' + chain(info.beforeChain) + ' → ' + chain(info.afterChain) + '\n' + word(info.outcome)
      + (info.reason ? ': ' + word(info.reason) : '') + (move.begin === null ? '' : ' · ' + time(move.length))
      + ' · ' + plural(info.attempts.length, 'attempt', 'attempts') + (info.pauseMillis ? ' · clients waited ' + time(info.pauseMillis) : '') + ' · ' + size(info.size);
  };

  const draw = () => {
    const height = shown.length > 400 ? 9 : shown.length > 60 ? 13 : 18;
    const visible = Math.max(300, $('timeline').clientWidth - LABEL_WIDTH - 20);
    const width = Math.min(200000, visible * zoom);
    const x = at => at / length * (width - 24) + 2;
    const step = nice(length / (width - 24) * 110);
    const ticks = [];
    for (let at = 0; at <= length + step * 1e-6; at += step) { ticks.push(at); }
    $('axis').setAttribute('width', width);
    $('axis').setAttribute('height', 24);
    $('axis').innerHTML = ticks.map(at => '<line x1="' + x(at) + '" x2="' + x(at) + '" y1="18" y2="24"/><text x="' + x(at) + '" y="13"' + (at === 0 ? '' : ' text-anchor="middle"') + '>' + (at === 0 ? '0' : time(at)) + '</text>').join('');
    const total = Math.max(height, shown.length * height);
    const parts = ticks.map(at => '<line class="grid" x1="' + x(at) + '" x2="' + x(at) + '" y1="0" y2="' + total + '"/>');
    steps.forEach(step => parts.push('<line class="mark" x1="' + x(step.at) + '" x2="' + x(step.at) + '" y1="0" y2="' + total + '"><title>' + escape(step.what) + '</title></line>'));
    shown.forEach((move, row) => {
      const info = move.info;
      const y = row * height;
      const inner = height - 2;
      const failed = info.outcome === 'UNMOVED' || info.outcome === 'NEEDS_OPERATOR';
      if (row % 2) { parts.push('<rect class="stripe" x="0" y="' + y + '" width="' + width + '" height="' + height + '"/>'); }
      parts.push('<g class="bar' + (failed ? ' failed' : '') + (move === chosen ? ' chosen' : '') + '" data-row="' + row + '" role="button" tabindex="' + (row === 0 ? 0 : -1) + '" aria-label="' + escape(title(move)) + '">');
      for (const phase of info.phases) {
        const from = x(instant(phase.startTime) - start);
        const to = x(phase.completedTime ? instant(phase.completedTime) - start : length);
        parts.push('<rect class="' + phaseClass(phase.phase) + '" x="' + from.toFixed(2) + '" y="' + (y + 1) + '" width="' + Math.max(.4, to - from).toFixed(2) + '" height="' + inner + '"/>');
      }
      const left = move.begin === null ? 0 : x(move.begin);
      const right = move.begin === null ? 3 : Math.max(left + 3, x(move.begin + move.length));
      if (failed) { parts.push('<rect class="edge" x="' + left.toFixed(2) + '" y="' + (y + 1) + '" width="' + (right - left).toFixed(2) + '" height="' + inner + '"/>'); }
      for (const attempt of info.attempts) {
        if (attempt.sourceDeadTime) {
          const dead = instant(attempt.sourceDeadTime) - start;
          parts.push('<rect class="pause" x="' + x(dead).toFixed(2) + '" y="' + (y + height / 2 - 1) + '" width="' + Math.max(1, x(dead + attempt.pauseMillis) - x(dead)).toFixed(2) + '" height="2"/>');
        }
      }
      for (const failure of info.failures) {
        const at = x(instant(failure.time) - start);
        const half = Math.min(5, inner / 2);
        parts.push('<path class="retry" d="M' + (at - half).toFixed(2) + ' ' + (y + 1) + 'h' + 2 * half + 'l' + -half + ' ' + (inner - 1) + 'z"/>');
      }
      parts.push('<rect class="hit" x="' + (left - 1).toFixed(2) + '" y="' + (y + .5) + '" width="' + (right - left + 2).toFixed(2) + '" height="' + (height - 1) + '"/></g>');
    });
    $('bars').setAttribute('width', width);
    $('bars').setAttribute('height', total);
    $('bars').innerHTML = parts.join('');
    $('labels').innerHTML = shown.map((move, row) => '<div data-row="' + row + '" class="' + (move === chosen ? 'chosen ' : '') + (move.info.outcome === 'UNMOVED' || move.info.outcome === 'NEEDS_OPERATOR' ? 'bad' : '')
      + '" style="height:' + height + 'px;line-height:' + height + 'px;font-size:' + Math.min(11, height - 1) + 'px">' + move.info.id + '  ' + escape(move.label) + '</div>').join('');
  };

  const barOf = target => target.closest && target.closest('[data-row]');
  const select = row => {
    chosen = shown[row];
    history.replaceState(null, '', '#vb-' + chosen.info.id);
    document.querySelectorAll('.chosen').forEach(e => e.classList.remove('chosen'));
    document.querySelectorAll('[data-row="' + row + '"]').forEach(e => e.classList.add('chosen'));
    tell(chosen);
  };
  const focus = row => {
    const bars = $('bars').querySelectorAll('.bar');
    if (row < 0 || row >= bars.length) { return; }
    bars.forEach(bar => bar.setAttribute('tabindex', bar === bars[row] ? '0' : '-1'));
    bars[row].focus();
    bars[row].scrollIntoView({block: 'nearest', inline: 'nearest'});
  };
  $('timeline').addEventListener('click', event => {
    const bar = barOf(event.target);
    if (bar) { select(Number(bar.dataset.row)); }
  });
  $('bars').addEventListener('keydown', event => {
    const bar = barOf(event.target);
    if (!bar) { return; }
    const row = Number(bar.dataset.row);
    const to = {ArrowDown: row + 1, ArrowUp: row - 1, PageDown: Math.min(row + 20, shown.length - 1), PageUp: Math.max(row - 20, 0), Home: 0, End: shown.length - 1}[event.key];
    if (to !== undefined) { event.preventDefault(); focus(to); } else if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); select(row); }
  });
  $('timeline').addEventListener('mousemove', event => {
    const bar = barOf(event.target);
    const tip = $('tip');
    tip.hidden = !bar;
    if (bar) {
      tip.textContent = title(shown[Number(bar.dataset.row)]);
      tip.style.left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8) + 'px';
      tip.style.top = Math.min(event.clientY + 16, window.innerHeight - tip.offsetHeight - 8) + 'px';
    }
  });
  $('timeline').addEventListener('mouseleave', () => { $('tip').hidden = true; });

  const tell = move => {
    const info = move.info;
    const at = iso => iso ? '+' + time(instant(iso) - start) : '–';
    const rows = (list, cells) => list.map(entry => '<tr>' + cells(entry).map((cell, i) => '<td class="' + (i === 0 ? 'text' : '') + '">' + escape(cell) + '</td>').join('') + '</tr>').join('');
    const facts = [...(runs > 1 ? [['run', info.run || 1]] : []), ['chain before', chain(info.beforeChain)], ['chain after', chain(info.afterChain)], ['outcome', word(info.outcome)]];
    if (info.reason) { facts.push(['reason', word(info.reason)]); }
    if (info.detail) { facts.push(['detail', info.detail]); }
    if (info.residue) { facts.push(['left over', info.residue]); }
    facts.push(['began', at(info.move.startTime)], ['took', move.begin === null ? '–' : time(move.length)], ['clients waited', time(info.pauseMillis)], ['sent', size(info.size)]);
    Object.values(info.replicationInfo).forEach(items => facts.push(['items to ' + items.node, number(items.inDocsTotal) + ' in all, ' + number(items.inDocsLeft) + ' left']));
    if (info.willNotConverge) {
      const v = info.willNotConverge;
      facts.push(['will not converge', v.drainedPerSecond.toFixed(1) + ' items/s reach ' + v.node + ', ' + v.writtenPerSecond.toFixed(1) + ' items/s are written, over ' + v.windowSeconds + ' s; ' + number(v.itemsLeft) + ' left']);
    }
    $('details').innerHTML = '<h3>vb:' + info.id + ' of ' + escape(move.bucket) + '</h3><dl>' + facts.map(([k, v]) => '<dt>' + escape(k) + '</dt><dd>' + escape(v) + '</dd>').join('') + '</dl>'
      + (info.phases.length ? '<table><caption>Phases</caption><thead><tr><th class="text" scope="col">phase</th><th scope="col">attempt</th><th scope="col">began</th><th scope="col">took</th></tr></thead><tbody>'
        + rows(info.phases, p => [word(p.phase), p.attempt || '–', at(p.startTime), p.completedTime ? time(p.timeTaken) : 'not ended']) + '</tbody></table>' : '')
      + (info.attempts.length ? '<table><caption>Takeover attempts</caption><thead><tr><th class="text" scope="col">attempt</th><th scope="col">source dead</th><th scope="col">active</th><th scope="col">pause</th></tr></thead><tbody>'
        + rows(info.attempts, a => [a.attempt, at(a.sourceDeadTime), at(a.destinationActiveTime), a.sourceDeadTime ? time(a.pauseMillis) : '–']) + '</tbody></table>' : '')
      + (info.failures.length ? '<h3>Failures</h3><ul>' + info.failures.map(f => '<li class="problem">' + (f.attempt ? 'attempt ' + f.attempt : 'filling') + ' at ' + at(f.time) + ': ' + escape(word(f.reason)) + ', ' + escape(f.detail) + (f.again ? '' : ' (given up)') + '</li>').join('') + '</ul>' : '');
  };

  // ---- map

  const colour = (node, nodes) => nodes.length <= PALETTE.length ? PALETTE[nodes.indexOf(node)] : 'hsl(' + Math.round(nodes.indexOf(node) * 360 / nodes.length) + ' 60% 50%)';
  const change = (before, after) => {
    const by = after - before;
    return '<td class="' + (by > 0 ? 'plus' : by < 0 ? 'minus' : 'zero') + '">' + (by > 0 ? '+' : by < 0 ? '−' : '±') + number(Math.abs(by)) + '</td>';
  };
  const map = () => {
    const bucket = $('f-bucket').value || buckets[0];
    const detail = stage.details[bucket];
    if (!detail) { return; }
    const place = detail.map;
    const most = Math.max(1, ...place.nodes.map(n => Math.max(n.activesBefore, n.activesAfter)));
    const meter = (value, old) => '<td><span class="meter' + (old ? ' old' : '') + '" style="width:' + (value / most * 5).toFixed(2) + 'rem"></span>' + number(value) + '</td>';
    $('nodes').innerHTML = '<caption>Copies per node, bucket ' + escape(bucket) + '</caption><thead><tr><th class="text" scope="col">node</th><th class="text" scope="col">part</th><th scope="col">actives before</th><th scope="col">after</th><th scope="col">change</th>'
      + '<th scope="col">replicas before</th><th scope="col">after</th><th scope="col">change</th><th scope="col">bytes received</th></tr></thead><tbody>'
      + place.nodes.map(n => '<tr><th scope="row">' + escape(n.node) + '</th><td class="text">' + escape(n.role) + '</td>' + meter(n.activesBefore, true) + meter(n.activesAfter) + change(n.activesBefore, n.activesAfter)
        + '<td>' + number(n.replicasBefore) + '</td><td>' + number(n.replicasAfter) + '</td>' + change(n.replicasBefore, n.replicasAfter) + '<td>' + size(detail.perNodeInboundDataSize[n.node] || 0) + '</td></tr>').join('') + '</tbody>';
    const sources = names(place.transfers.map(t => t.source));
    const destinations = names(place.transfers.map(t => t.destination));
    const top = Math.max(1, ...place.transfers.map(t => t.planned));
    $('matrix').innerHTML = place.transfers.length === 0 ? '<tbody><tr><td class="text">no active changes its node</td></tr></tbody>'
      : '<thead><tr><th class="text" scope="col">from \\ to</th>' + destinations.map(d => '<th scope="col">' + escape(d) + '</th>').join('') + '<th scope="col">sum</th></tr></thead><tbody>'
      + sources.map(s => {
        const cells = destinations.map(d => place.transfers.find(t => t.source === s && t.destination === d));
        return '<tr><th scope="row">' + escape(s) + '</th>' + cells.map(t => t ? '<td style="background:rgba(var(--heat),' + (.08 + .4 * t.planned / top).toFixed(2) + ')" title="' + size(t.bytes) + '">' + number(t.moved)
          + (t.moved < t.planned ? ' of ' + number(t.planned) : '') + '</td>' : '<td class="zero">·</td>').join('') + '<td>' + number(cells.reduce((sum, t) => sum + (t ? t.moved : 0), 0)) + '</td></tr>';
      }).join('') + '</tbody>';
    const nodes = place.nodes.map(n => n.node);
    $('owners').innerHTML = nodes.map(n => '<li><span class="swatch" style="background:' + colour(n, nodes) + '"></span>' + escape(n) + '</li>').join('');
    grid('g-before', place.before, nodes, 'before');
    grid('g-after', place.after, nodes, 'after');
  };
  const grid = (id, chains, nodes, when) => {
    const canvas = $(id);
    const columns = Math.max(1, Math.ceil(Math.sqrt(chains.length)));
    const cell = Math.max(2, Math.min(14, Math.floor(288 / columns)));
    canvas.width = columns * cell;
    canvas.height = Math.max(1, Math.ceil(chains.length / columns)) * cell;
    canvas.setAttribute('aria-label', 'Owner of each vBucket ' + when + '; the table above has the sums');
    const to = canvas.getContext('2d');
    chains.forEach((nodesOfChain, vb) => {
      to.fillStyle = nodesOfChain[0] === null ? 'rgba(128,128,128,.25)' : colour(nodesOfChain[0], nodes);
      to.fillRect(vb % columns * cell, Math.floor(vb / columns) * cell, cell - (cell > 4 ? 1 : 0), cell - (cell > 4 ? 1 : 0));
    });
    canvas.onmousemove = event => {
      const box = canvas.getBoundingClientRect();
      const vb = Math.floor((event.clientY - box.top) / cell) * columns + Math.floor((event.clientX - box.left) / cell);
      canvas.title = vb < chains.length ? 'vb:' + vb + ' ' + chain(chains[vb]) : '';
    };
  };

  // ---- tables

  $('phases').innerHTML = '<caption>How long moves were in each phase</caption><thead><tr><th class="text" scope="col">phase</th><th scope="col">times</th><th scope="col">median</th><th scope="col">p99</th><th scope="col">longest</th><th scope="col">sum</th></tr></thead><tbody>'
    + Object.entries(summary.phases).map(([phase, t]) => '<tr><th scope="row"><span class="swatch" style="background:var(--' + phaseClass(phase) + ')"></span> ' + escape(word(phase)) + '</th><td>' + number(t.count) + '</td><td>' + time(t.p50) + '</td><td>' + time(t.p99) + '</td><td>' + time(t.max) + '</td><td>' + time(t.total) + '</td></tr>').join('') + '</tbody>';
  const COLUMNS = [
    ['vBucket', m => m.info.id, m => number(m.info.id)], ['bucket', m => m.bucket, m => m.bucket], ['chain before', m => chain(m.info.beforeChain), m => chain(m.info.beforeChain)], ['chain after', m => chain(m.info.afterChain), m => chain(m.info.afterChain)],
    ['outcome', m => m.info.outcome, m => word(m.info.outcome)], ['began', m => m.begin === null ? Infinity : m.begin, m => m.begin === null ? '–' : '+' + time(m.begin)], ['took', m => m.length, m => m.begin === null ? '–' : time(m.length)],
    ['attempts', m => m.info.attempts.length, m => number(m.info.attempts.length)], ['pause', m => m.info.pauseMillis, m => time(m.info.pauseMillis)], ['sent', m => m.info.size, m => size(m.info.size)]
  ];
  let sortedBy = 0;
  let sign = 1;
  const table = () => {
    const key = COLUMNS[sortedBy][1];
    const sorted = [...moves].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.info.id - b.info.id) * sign);
    $('moves').innerHTML = '<thead><tr>' + COLUMNS.map(([name], i) => '<th scope="col" aria-sort="' + (i !== sortedBy ? 'none' : sign > 0 ? 'ascending' : 'descending') + '"><button type="button" data-column="' + i + '">' + name + (i !== sortedBy ? '' : sign > 0 ? ' ↑' : ' ↓') + '</button></th>').join('') + '</tr></thead><tbody>'
      + sorted.map(m => '<tr>' + COLUMNS.map(([, , text], i) => i === 0 ? '<th scope="row">' + text(m) + '</th>' : '<td>' + escape(text(m)) + '</td>').join('') + '</tr>').join('') + '</tbody>';
  };
  $('all').addEventListener('toggle', () => { if ($('all').open) { table(); } });
  $('moves').addEventListener('click', event => {
    const button = event.target.closest('button');
    if (button) {
      const column = Number(button.dataset.column);
      sign = column === sortedBy ? -sign : 1;
      sortedBy = column;
      table();
    }
  });

  // ---- controls

  $('filters').addEventListener('input', () => { choose(); map(); });
  $('filters').addEventListener('reset', () => setTimeout(() => { choose(); map(); }));
  $('filters').addEventListener('submit', event => event.preventDefault());
  const rescale = factor => {
    const box = $('timeline');
    const middle = (box.scrollLeft + box.clientWidth / 2) / zoom;
    zoom = Math.max(1, Math.min(64, factor));
    draw();
    box.scrollLeft = middle * zoom - box.clientWidth / 2;
  };
  $('z-in').addEventListener('click', () => rescale(zoom * 2));
  $('z-out').addEventListener('click', () => rescale(zoom / 2));
  $('z-fit').addEventListener('click', () => rescale(1));
  let resizing = 0;
  window.addEventListener('resize', () => { clearTimeout(resizing); resizing = setTimeout(draw, 150); });
  const themes = ['system', 'light', 'dark'];
  $('theme').addEventListener('click', () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme || 'system') + 1) % themes.length];
    if (next === 'system') { delete document.documentElement.dataset.theme; } else { document.documentElement.dataset.theme = next; }
    $('theme').textContent = 'Colours: ' + next;
    $('theme').setAttribute('aria-label', 'Colours: ' + (next === 'system' ? 'as the system has them' : next));
  });
  $('save').addEventListener('click', () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([JSON.stringify(report, null, 2) + '\n'], {type: 'application/json'}));
    link.download = 'rebalance-' + (report.rebalanceId || 'report') + '.json';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });

  /** #vb-7 in the address shows that move. */
  const followAddress = () => {
    const asked = /^#vb-(\d+)$/.exec(location.hash);
    const row = asked ? shown.findIndex(move => move.info.id === Number(asked[1])) : -1;
    if (row >= 0) {
      select(row);
      $('bars').querySelectorAll('.bar')[row].scrollIntoView({block: 'center', inline: 'nearest'});
    }
  };
  window.addEventListener('hashchange', followAddress);

  choose();
  map();
  followAddress();
})();
