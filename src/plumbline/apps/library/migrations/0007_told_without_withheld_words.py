import re

from django.db import migrations, models

TOLD = ("name", "author", "publisher", "licence")


def mask_name(text, quotes):
    """Write a block for each letter of a quotation, whose spaces may be written otherwise in a name."""
    for quote in quotes:
        if len(quote) >= 4:
            pattern = "[ _.+-]".join(map(re.escape, re.split("[ _.+-]", quote)))
            text = re.sub(pattern, lambda found: "█" * len(found[0]), text, flags=re.IGNORECASE)
    return text


def mask_what_is_told(apps, _editor):
    """Mask the words withheld in works in what is told of them, as every act does from now on."""
    Mask, Work = apps.get_model("library", "Mask"), apps.get_model("library", "Work")
    quotes: dict[int, set[str]] = {}
    for mask in Mask.objects.select_related("passage"):
        quotes.setdefault(mask.passage.work_id, set()).add(mask.passage.text[mask.start : mask.end])
    for work in Work.objects.filter(pk__in=quotes).select_related("entry"):
        told = {"title": work.entry.title, **{name: getattr(work, name) for name in TOLD}}
        shown = {name: mask_name(text, quotes[work.pk]) for name, text in told.items()}
        work.whole = {name: text for name, text in told.items() if shown[name] != text}
        work.entry.title = shown.pop("title")
        for name, text in shown.items():
            setattr(work, name, text)
        work.entry.save()
        work.save()


class Migration(migrations.Migration):
    dependencies = [("library", "0006_files_inside_files")]

    operations = [
        migrations.AddField(model_name="work", name="whole", field=models.JSONField(default=dict)),
        migrations.RunPython(mask_what_is_told, migrations.RunPython.noop),
    ]
