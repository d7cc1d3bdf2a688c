from hashlib import sha256

from django.db import migrations


def move(apps, schema_editor):
    """Put the text of each workspace's blueprint under its digest."""
    texts = apps.get_model("spine", "BlueprintText")
    for workspace in apps.get_model("spine", "Workspace").objects.all():
        digest = sha256(workspace.text.encode()).hexdigest()
        workspace.blueprint, _ = texts.objects.get_or_create(digest=digest, defaults={"text": workspace.text})
        workspace.save(update_fields=["blueprint"])


def move_back(apps, schema_editor):
    """Write the texts beside the workspaces again."""
    for workspace in apps.get_model("spine", "Workspace").objects.select_related("blueprint"):
        workspace.text = workspace.blueprint.text
        workspace.save(update_fields=["text"])


class Migration(migrations.Migration):
    dependencies = [("spine", "0003_texts_of_blueprints")]

    operations = [migrations.RunPython(move, move_back)]
