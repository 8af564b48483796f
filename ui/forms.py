"""The one form renderer: every form of the portal, allauth's included, shows errors alike.

Summary on top with a link to each field (`{% form_errors form %}`), message above the
field, red border, icon and words. `FORM_RENDERER = "ui.forms.PortalRenderer"`.
"""

from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    form_template_name = "ui/form.html"
    formset_template_name = "ui/formset.html"
    field_template_name = "ui/field.html"
