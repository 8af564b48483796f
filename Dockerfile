# The image of web, worker and beat; see docker-compose.yml.
FROM node:22-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
COPY --from=packages /app/node_modules node_modules
RUN python manage.py collectstatic --noinput && useradd --create-home portal && chown -R portal /app
USER portal
