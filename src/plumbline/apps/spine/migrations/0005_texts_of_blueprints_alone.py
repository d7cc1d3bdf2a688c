import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spine", "0004_move_texts_of_blueprints")]

    operations = [
        migrations.AlterField(
            model_name="workspace",
            name="blueprint",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="spine.blueprinttext"),
        ),
        migrations.RemoveField(model_name="workspace", name="text"),
    ]
