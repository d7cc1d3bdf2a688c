import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Make room for the texts of blueprints beside the workspaces, behind the migrations that read them there."""

    dependencies = [
        ("library", "0018_records_that_relations_name"),
        ("spine", "0002_marks_with_dates"),
    ]

    operations = [
        migrations.CreateModel(
            name="BlueprintText",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("text", models.TextField()),
            ],
        ),
        migrations.RenameField(model_name="workspace", old_name="blueprint", new_name="text"),
        migrations.AddField(
            model_name="workspace",
            name="blueprint",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="spine.blueprinttext"),
        ),
    ]
