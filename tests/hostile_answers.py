"""Written answers made to run or to load something in the browser of whoever marks them."""

RUN = "alert(document.domain)"
AWAY = "https://example.org/beacon"
HOSTILE = [
    # links
    f"[a](javascript:{RUN})",
    f"[a](java&#115;cript:{RUN}) [b](JaVa\tscript:{RUN}) [c](&#x6A;avascript&colon;{RUN})",
    f"[a](<javascript:{RUN}>) [b](\x01javascript:{RUN}) [c](%6aavascript:{RUN})",
    "[a](data:text/html;base64,PHNjcmlwdD4=) [b](vbscript:x) [c](//example.org) [d](/api/x)",
    f"<javascript:{RUN}> <{AWAY}> {AWAY} www.example.org a@example.org",
    f"[a][1] [1] [1][]\n\n[1]: javascript:{RUN}\n[^1]: javascript:{RUN}",
    f'[a](javascript:{RUN} "title\\" onclick={RUN} x=\\"")',
    f"[![x]({AWAY})](javascript:{RUN}) [*a `b` <b onclick={RUN}>c</b>*](javascript:{RUN})",
    # pictures
    f'![x]({AWAY} "t") ![x][1]\n\n[1]: {AWAY}',
    "![x](attachment:none.png) ![x](ATTACHMENT:none.png) ![x](attachment:)",
    "![x](/api/contents/seed.txt) ![x](file:///etc/passwd) ![x](../../seed.txt) ![x]()",
    f'![" onerror={RUN} x="](attachment:p.png)',
    f"![<img src=x onerror={RUN}>](x) ![x](data:image/svg+xml,<svg onload={RUN}>)",
    f'<img src="attachment:p.png" onerror={RUN} style="background:url({AWAY})" alt="<b>">',
    f"<img src='attachment:x\" onerror={RUN} x=\"' alt='{RUN}'>",
    f"<img src=attachment:javascript:{RUN}>",
    # HTML, in blocks, inline, in lists, tables, quotations, comments and code
    f"<script>{RUN}</script>\n\n<img src=x onerror={RUN}>\n\ntext <svg onload={RUN}>",
    f"<div>\n\n[x](javascript:{RUN})\n\n</div>\n\n</div></div></body>\n<style>*{{}}</style>",
    f"<iframe src={AWAY}></iframe><link rel=stylesheet href={AWAY}><base href={AWAY}>",
    f"<meta http-equiv=refresh content=0;url={AWAY}><form action={AWAY}><button>b</button></form>",
    f"<!-- --><img src=x onerror={RUN}> -->\n\n<!--\n\n[x](javascript:{RUN})\n\n-->",
    f"<![CDATA[<img src=x onerror={RUN}>]]> <?php <img src=x onerror={RUN}> ?> <!X <b> >",
    f"- a <img src=x onerror={RUN}>\n  - [b](javascript:{RUN})\n\n    > <script>{RUN}</script>",
    f"| a | <b onclick={RUN}> |\n|--|--|\n| [x](javascript:{RUN}) | `|` <svg/onload={RUN}> |",
    f"Term\n: <img src=x onerror={RUN}>\n\n- [ ] <img src=x onerror={RUN}>\n\n*[HTML]: <b>",
    f"```html\n</code></pre><script>{RUN}</script>\n```\n\n    </pre><script>{RUN}</script>",
    f'``` "><img src=x onerror={RUN}>\nx\n```\n\n```mermaid\nclick A href "javascript:{RUN}"\n```',
    f"`</code><img src=x onerror={RUN}>` ``<script>{RUN}</script>``",
    f"# <img src=x onerror={RUN}>\n\n<b id=x class=y style='background:url({AWAY})'>",
    "Setext <i>\n===\n\n<u>\n---",
    f"\\<img src=x onerror={RUN}> \\\\<script>{RUN}</script> &lt;script&gt; &#60;script&#62;",
    "a\n&#32;\n<script>alert(1)</script>\n&#10;&#10;<script>alert(2)</script>",
    "a\u2028\u2028<script>\u0085\u0085[x](javascript:y)\x0b\x0c<b>\r\r<i>\x00<s>",
    "~~<b>~~ **<b>** *<b>* __<b>__ ***[x](javascript:y)***",
    # formulas
    rf"$\href{{javascript:{RUN}}}{{x}}$ $$\href{{javascript:{RUN}}}{{x}}$$ \(\href{{x}}{{y}}\)",
    rf"\\(\href{{javascript:{RUN}}}{{x}}\\) \\[\href{{javascript:{RUN}}}{{x}}\\] \[\url{{x}}\]",
    "\\begin{align}\n\\href{javascript:x}{y}\n\\end{align}\n\n\\begin{x}\\require{html}\\end{x}",
    r"$\require{html}$ $\unicode{x3c}$ $\class{a}{b}$ $\cssId{a}{b}$",
    r"$\style{a}{b}$ $\bbox[url(x)]{y}$ $\includegraphics{x}$",
    r"$\def\x{\href}$ $\newcommand{\y}{z}$ $\let\a=\href$ $\csname href\endcsname$",
    r"$\\href{x}{y}$ \\\href{x}{y} \\\\href $\$\href{x}{y}$ $$a$\href{x}{y}$$",
    f"$</span><img src=x onerror={RUN}>$ $$<script>{RUN}</script>$$ $`<b>`$",
    f"$$\n\n<img src=x onerror={RUN}>\n\n$$",
    f"\\begin{{a}}\n\n<img src=x onerror={RUN}>\n\n\\end{{a}}",
    "$a *b$ c* <b>$ $$ <script> $$ $ <i> $",
    # templates, and what another parser of markdown may see
    "{{ 7*7 }} {% raw %} ${7*7} <%= x %> {.class onclick=x} :::note\n<b>\n:::",
    "[x]{javascript:y} [[javascript:y]] {x}`<b>` \\[x](javascript:y) [x\\](javascript:y)",
    "\t<script>alert(1)</script>\n\n1. \t<b>\n\n \t\t<i>",
]
