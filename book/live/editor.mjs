// The editor of a cell's code: CodeMirror, in one file that is loaded at the first Edit.
// Tab indents; Escape and then Tab leaves, as CodeMirror has it.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

/**
 * An editor in `parent`.
 * @param {HTMLElement} parent
 * @param {string} text
 * @param {{ label: string, run: () => void, change: (text: string) => void }} options
 */
export function makeEditor(parent, text, { label, run, change }) {
  const runKey = { key: "Shift-Enter", run: () => (run(), true) };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of([runKey, indentWithTab, ...defaultKeymap, ...historyKeymap]),
        history(),
        drawSelection(),
        indentUnit.of("    "),
        indentOnInput(),
        bracketMatching(),
        python(),
        syntaxHighlighting(classHighlighter),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) change(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    /** @param {string} replacement */
    set: (replacement) =>
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: replacement } }),
    remove: () => view.destroy(),
  };
}
