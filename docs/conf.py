"""Sphinx configuration: Markdown pages, an API reference from the docstrings, a gallery of executed examples."""

import configparser
import inspect
import re
from pathlib import Path

from docutils import nodes
from sphinx_gallery.sorting import ExplicitOrder

import skcert
import skcert.annotators
import skcert.certificates
import skcert.inspection

project = "skcert"
author = "The skcert developers"
copyright = "The skcert developers"
version = release = skcert.__version__
metadata = configparser.ConfigParser()
metadata.read(Path(__file__).parents[1] / "setup.cfg")
repository = metadata["metadata"].get("url")  # set there, it is linked from every page

# methods inherited from scikit-learn refer to its glossary
suppress_warnings = ["ref.term"]
extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = [
    "_build",
    "_templates",
    "examples",
    "gallery/*.ipynb",
    "gallery/*.py",
    "gallery/*.md5",
]
templates_path = ["_templates"]
default_role = "literal"  # docstrings name things in single backticks, as scikit-learn's do
nitpicky = False

myst_heading_anchors = 3  # so that page.md#heading works here as it does on GitHub

autosummary_generate = True
results = (
    skcert.CertificationResult,
    skcert.AttackResult,
    skcert.certificates.CollectiveBound,
    skcert.annotators.AnnotatorLabels,
    skcert.inspection.AccuracyRadiusPoints,
)
autosummary_context = {
    "properties": {
        kind.__name__: [
            name for name, _ in inspect.getmembers(kind, lambda value: isinstance(value, property))
        ]
        for kind in results
    }
}
numpydoc_show_class_members = (
    False  # the template lists methods, without those of scikit-learn's bases
)
autodoc_typehints = "none"  # numpydoc sections state types
toc_object_entries_show_parents = "hide"

examples = (  # what a reader needs first comes first
    *(
        "first_certificate",
        "attacks_and_audit",
        "candidate_labels",
        "partitions",
        "model_selection",
    ),
    *("certified_search", "flat_weights", "unequal_classes", "label_using_steps", "collective"),
    *("patch_features", "images", "texts", "other_learners", "baselines"),
)
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_\w+\.py$",
    "ignore_pattern": r"^(?!plot_)",  # modules that examples import
    "within_subsection_order": ExplicitOrder([f"plot_{name}.py" for name in examples]),
    "abort_on_example_error": True,
    "capture_repr": (),
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "min_reported_time": 1e9,  # times depend on the machine that built the docs
}

html_theme = "pydata_sphinx_theme"
html_context = {"default_mode": "auto"}
html_title = "skcert"
html_logo = html_favicon = "_static/logo.svg"
html_static_path = ["_static"]
html_css_files = ["skcert.css"]
html_show_sourcelink = False
html_sidebars = {"index": [], "start": [], "faq": []}  # pages without others below them
html_theme_options = {
    "logo": {"text": "skcert"},
    "icon_links": [{"name": "Source", "url": repository, "icon": "fa-solid fa-code"}]
    if repository
    else [],
    "navbar_align": "left",
    "navbar_end": ["version", "theme-switcher", "navbar-icon-links"],
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": ["version"],
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def link_examples_to_gallery(app, docname, source):
    """Links to examples' files, which serve readers of the Markdown pages, go to their pages in the gallery."""
    source[0] = re.sub(r"\]\(examples/(plot_\w+)\.py\)", r"](gallery/\1.rst)", source[0])
    source[0] = source[0].replace("](examples)", "](gallery/index.rst)")


def quote_attribute_in_shape(app, what, name, obj, options, lines):
    """``(n_features_in_,)`` in a type is no reference to a target, though its underscore makes it look like one."""
    lines[:] = [re.sub(r"\((n_features_in_),\)", r"(``\1``,)", line) for line in lines]


def add_dark_figures(app, doctree):
    """A figure with a `_dark.png` beside it is shown on light pages only, and that one on dark pages."""
    for image in list(doctree.findall(nodes.image)):
        dark = image["uri"].removesuffix(".png") + "_dark.png"
        if (Path(app.srcdir) / dark).exists():
            image["classes"].append("only-light")
            shown_on_dark = nodes.image(uri=dark, alt=image["alt"], classes=["only-dark"])
            image.parent.insert(image.parent.index(image) + 1, shown_on_dark)


def setup(app):
    app.connect(
        "autodoc-process-docstring", quote_attribute_in_shape, priority=400
    )  # before numpydoc
    app.connect("source-read", link_examples_to_gallery)
    app.connect("doctree-read", add_dark_figures, priority=400)  # before images are collected
