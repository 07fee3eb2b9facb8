// `<backcast-calculator>`: from a target back to the first stage of the funnel, in the page and nowhere else.
import { type Answer, answer, type Request } from "backcast";
import { html, LitElement, type PropertyValues } from "lit";
import { EXAMPLE, type Form, fromHash, toHash, toRequest } from "./form.js";
import { formatIn } from "./format.js";
import { inputs } from "./inputs.js";
import { result } from "./result.js";
import { styles } from "./styles.js";

/**
 * With the attribute `hash` the form is kept in the address behind `#`, so that a link can be shared.
 * After each change the element sends the event `backcast-answer` with `{ request, answer }`.
 */
export class BackcastCalculator extends LitElement {
  static override styles = styles;
  static override properties = { form: { state: true }, note: { state: true }, hash: { type: Boolean } };
  declare form: Form;
  declare note: string;
  declare hash: boolean;
  private exchange!: { request: Request; answer: Answer };

  constructor() {
    super();
    this.form = EXAMPLE;
    this.note = "";
    this.hash = false;
  }

  override connectedCallback() {
    super.connectedCallback();
    this.readAddress();
    window.addEventListener("hashchange", this.readAddress);
  }

  override disconnectedCallback() {
    window.removeEventListener("hashchange", this.readAddress);
    super.disconnectedCallback();
  }

  private readAddress = () => {
    if (this.hash) this.form = fromHash(location.hash) ?? EXAMPLE;
  };

  private change = (change: Partial<Form>) => {
    this.form = { ...this.form, ...change };
    this.note = "";
    if (this.hash) history.replaceState(history.state, "", `#${toHash(this.form)}`);
  };

  private share = async () => {
    history.replaceState(history.state, "", `#${toHash(this.form)}`);
    // The clipboard is refused on pages without https; the address bar holds the link all the same.
    this.note = await navigator.clipboard.writeText(location.href).then(
      () => "Link copied",
      () => "The link is in the address bar",
    );
  };

  override willUpdate(changed: PropertyValues<this>) {
    if (!changed.has("form")) return;
    const request = toRequest(this.form);
    this.exchange = { request, answer: answer(request) };
  }

  override updated(changed: PropertyValues<this>) {
    if (changed.has("form")) this.dispatchEvent(new CustomEvent("backcast-answer", { detail: this.exchange }));
  }

  override render() {
    const format = formatIn(this.lang || document.documentElement.lang || navigator.language);
    const { error } = this.exchange.answer;
    return html`
      <div class="columns">
        <section class="card" aria-label="Assumptions">${inputs(this.form, format, error?.at ?? "", this.change)}</section>
        <section class="card answer" aria-label="Plan">
          <div aria-live="polite">${result(this.exchange.answer, this.form, format)}</div>
          <footer ?hidden=${!this.hash}>
            <button type="button" @click=${this.share}>Copy link</button>
            <span role="status">${this.note}</span>
          </footer>
        </section>
      </div>
    `;
  }
}

customElements.define("backcast-calculator", BackcastCalculator);
