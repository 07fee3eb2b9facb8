// The answer: the funnel, the chance, the money and the arithmetic, or what the core says is wrong.
import type { Answer } from "backcast";
import { html, nothing, svg, type TemplateResult } from "lit";
import type { Form } from "./form.js";
import type { Format } from "./format.js";

type Plan = NonNullable<Answer["plan"]>;

/** The answer to the form as it stands. */
export function result({ plan, error }: Answer, form: Form, format: Format): TemplateResult {
  if (error)
    return html`
      <div class="error">
        <strong>No plan yet</strong>
        <p>${typeset(error.message)}</p>
        <p class="hint">Allowed: ${typeset(error.allowed)}</p>
      </div>
    `;
  if (!plan) return html``;
  return html`
    ${plan.unreachable ? notice(plan.unreachable.limited_by, form, format) : nothing}
    ${summary(plan, form, format)} ${funnel(plan, form, format)}
    <details>
      <summary>How this was computed</summary>
      <ol class="explain">${plan.explain.map((line) => html`<li>${typeset(line)}</li>`)}</ol>
    </details>
  `;
}

/** No line begins with a percent sign. */
function unbroken(text: string) {
  return text.replaceAll(" %", "\u00a0%");
}

/** The core sets what was given in backticks; here it stands out by its type. */
function typeset(text: string) {
  return unbroken(text)
    .split("`")
    .map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part));
}

/** No number is enough: why. */
function notice(limitedBy: string, form: Form, format: Format) {
  const sentence = unbroken(limitedBy);
  return html`
    <div class="error" data-figure="unreachable">
      <strong>The goal cannot be met with ${format.statedPercent(form.confidence)}</strong>
      <p>${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.</p>
    </div>
  `;
}

function summary({ stages, probability, revenue }: Plan, form: Form, format: Format) {
  const [first] = stages;
  const isChosen = form.confidence !== "";
  return html`
    <dl class="summary">
      <div class="main">
        <dt>${isChosen ? "Needed" : "On average"} at the start: ${first?.stage}</dt>
        <dd data-figure="first">${format.count(isChosen ? first?.needed : first?.whole)}</dd>
      </div>
      <div>
        <dt>Probability of the goal</dt>
        <dd data-figure="probability">${format.percent(probability)}</dd>
      </div>
      ${
        revenue
          ? html`
              <div>
                <dt>Revenue to expect</dt>
                <dd data-figure="revenue">${format.amount(revenue.expected)}&nbsp;${form.currency}</dd>
                <dd class="note">
                  80&nbsp;% interval: <span class="range">${format.amount(revenue.low)} to ${format.amount(revenue.high)}</span>
                </dd>
              </div>
            `
          : nothing
      }
    </dl>
  `;
}

function funnel({ stages }: Plan, form: Form, format: Format) {
  const isChosen = form.confidence !== "";
  const longest = Math.max(1, ...stages.flatMap(({ whole, needed }) => [whole ?? 0, needed ?? 0]));
  return html`
    <table>
      <caption>
        <span>The funnel, from the goal backward</span>
        ${isChosen ? html`<span class="legend" aria-hidden="true"><i class="average"></i>on average<i class="sure"></i>at ${format.statedPercent(form.confidence)}</span>` : nothing}
      </caption>
      <thead>
        <tr>
          <th scope="col">Stage</th>
          <th scope="col" class="figure">Rate into it</th>
          <th scope="col" class="figure">On average</th>
          ${isChosen ? html`<th scope="col" class="figure">Needed at ${format.statedPercent(form.confidence)}</th>` : nothing}
        </tr>
      </thead>
      <tbody>
        ${stages.map(
          ({ stage, whole, needed }, at) => html`
            <tr>
              <th scope="row"><span class="stage">${stage}</span>${bar(whole ?? 0, isChosen ? (needed ?? 0) : 0, longest)}</th>
              <td class="figure muted">${form.steps[at]?.rate}</td>
              <td class="figure" data-figure="whole">${format.count(whole)}</td>
              ${isChosen ? html`<td class="figure strong" data-figure="needed">${format.count(needed)}</td>` : nothing}
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}

/** Two lengths on one scale; SVG, because a strict content policy forbids inline styles. */
function bar(average: number, sure: number, longest: number) {
  // A stage that is there must be seen, however small it is beside the first.
  const width = (count: number) => `${count === 0 ? 0 : Math.max(0.6, (100 * count) / longest)}%`;
  return html`
    <svg class="bar" aria-hidden="true">
      ${svg`<rect class="sure" width=${width(sure)} height="100%" rx="3"></rect><rect class="average" width=${width(average)} height="100%" rx="3"></rect>`}
    </svg>
  `;
}
