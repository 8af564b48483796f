"""One renderer, one way to show errors, for every kind of question."""

import re

import pytest
from django import forms
from django.template.loader import render_to_string

from tests.ui.viewers import Viewer, draw
from ui import formview


class Answers(forms.Form):
    name = forms.CharField(label="이름", help_text="신분증대로 적습니다.")
    birth = forms.DateField(label="생년월일", widget=forms.DateInput(attrs={"type": "date"}))
    township = forms.ChoiceField(label="읍·면", choices=[("", "고르세요"), ("1", "전곡읍")])
    sex = forms.ChoiceField(
        label="성별", choices=[("f", "여"), ("m", "남")], widget=forms.RadioSelect
    )
    feeds = forms.MultipleChoiceField(
        label="자료",
        choices=[("p", "전력"), ("t", "통신")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(label="가는 길", widget=forms.Textarea, required=False)
    starts = forms.SplitDateTimeField(label="시작")
    alone = forms.BooleanField(label="혼자 삽니다")
    token = forms.CharField(widget=forms.HiddenInput)

    def clean(self):
        raise forms.ValidationError("이미 등록된 사람입니다.")


@pytest.fixture
def empty():
    return Answers({})


def test_each_kind_of_question_is_recognised():
    form = Answers()
    kinds = {name: formview.kind_of(form[name]) for name in form.fields}
    assert kinds == {
        "name": "text",
        "birth": "text",
        "township": "text",
        "sex": "choices",
        "feeds": "choices",
        "note": "text",
        "starts": "group",
        "alone": "single",
        "token": "text",
    }


def test_the_summary_counts_the_errors_and_links_to_each_answer(empty):
    html = draw("{% form_errors form %}", form=empty)
    assert 'data-problems="8"' in html
    assert "8가지를 고쳐 주세요." in html
    for target in ("id_name", "id_birth", "id_township", "id_sex_0", "id_starts_0", "id_alone"):
        assert f'href="#{target}"' in html
    assert "이미 등록된 사람입니다." in html


def test_every_link_of_the_summary_finds_its_answer(empty):
    html = draw("{% form_errors form %}{% form_fields form %}", form=empty)
    targets = re.findall(r'href="#([^"]+)"', html)
    assert targets
    assert [t for t in targets if f'id="{t}"' not in html] == []


def test_a_form_without_errors_has_no_summary():
    assert draw("{% form_errors form other %}", form=Answers(), other=None).strip() == ""


def test_the_message_stands_above_the_control_with_icon_and_words(empty):
    html = draw("{% field form.name %}", form=empty)
    assert "is-error" in html
    assert html.index('id="id_name_error"') < html.index("<input")
    assert 'class="err"><svg' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html


def test_a_group_of_answers_is_a_fieldset_described_as_a_whole(empty):
    html = draw("{% field form.sex %}", form=empty)
    assert '<fieldset class="field__set" aria-describedby="id_sex_error">' in html
    assert html.count('<label class="choice"') == 2
    assert "<legend" in html


def test_answers_keep_what_was_typed():
    form = Answers({"name": "김<철수", "sex": "m"})
    html = draw("{% form_fields form %}", form=form)
    assert 'value="김&lt;철수"' in html
    assert re.search(r'value="m"[^>]*checked', html)


def test_required_and_optional_are_said_where_a_form_mixes_them():
    html = draw("{% form_fields form %}", form=Answers())
    assert html.count("필수") == 5
    assert html.count("선택") == 2

    class Short(forms.Form):
        a = forms.CharField()
        b = forms.CharField()

    assert "필수" not in draw("{% form_fields form %}", form=Short())


def test_hidden_errors_are_told_without_a_link(empty):
    hidden = [p for p in formview.problems(empty) if not p.label]
    assert len(hidden) == 2
    assert all(p.target == "" for p in hidden)


def test_djangos_own_rendering_goes_through_the_same_templates(empty):
    html = str(empty)
    assert "data-problems" in html
    assert 'class="field field--text is-error"' in html
    assert "field__label" in empty["name"].as_field_group()


def test_a_widgets_own_class_is_kept():
    class Form(forms.Form):
        code = forms.CharField(widget=forms.TextInput(attrs={"class": "num"}))

    assert 'class="input num"' in draw("{% field form.code %}", form=Form())


def test_formsets_are_counted_as_a_whole():
    formset = forms.formset_factory(Answers, extra=0)(
        {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "2"}
    )
    found = formview.problems(formset)
    assert {p.target for p in found} >= {"id_form-0-name", "id_form-1-name"}


def test_the_title_of_the_page_says_how_many_answers_to_correct(empty):
    page = render_to_string("base.html", {"form": empty, "viewer": Viewer()}, request=None)
    assert re.search(r"<title>\(확인 8\) ", page)
    fine = render_to_string("base.html", {"forms": [Answers()], "viewer": Viewer()}, request=None)
    assert "(확인" not in fine.split("</title>")[0]


def test_two_answers_can_stand_side_by_side():
    assert 'class="choices duo"' in draw('{% field form.sex "duo" %}', form=Answers())
